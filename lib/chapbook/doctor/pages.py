"""The pages, loaded one after another by the Python that runs them: can each begin to answer?"""
from __future__ import annotations

import json
import os
import subprocess
from shlex import quote

from . import rehearse
from .findings import Finding, named
from .scripts import scripts
from .starts import LONGEST, MARK, USUAL_PATH, interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .place import Place

WITHIN = 60                   # seconds for all pages of one interpreter
MOST = 300                    # pages


def can_be_loaded(place: Place) -> Iterator[Finding]:
    """Each page can be loaded, finds the toolkit and what else it imports, and writes nothing yet.

    It is done as the user of the scripts, in a process of its own. Scripts that are no pages are
    only looked at for whether they are Python 3.
    """
    faults: dict[str, list[dict[str, Any]]] = {}
    for program, paths in _by_interpreter(place).items():
        for fault in _rehearsed(place, program, paths):
            faults.setdefault(str(fault["kind"]), []).append(fault)
    if found := faults.get("lib"):
        yield Finding(
            "lib-missing",
            f"These pages do not find lib/, where all that they use is: {_named(place, found)}.",
            "Upload the folder lib/ beside cgi-bin/, whole. A page below cgi-bin/ finds it by its "
            "line sys.path.insert(0, ...): one os.path.dirname( more for each folder between.")
    for fault in faults.get("syntax", []):
        yield Finding(
            "script-syntax",
            f"{place.short(fault['page'])} is not a program that Python {fault['version']} "
            f"understands, at line {fault['line']}: {fault['said']}.",
            "Correct that line. A script that was written for Python 2 has to be changed first: "
            "docs/old-scripts.md tells how.")
    for fault in faults.get("import", []):
        yield Finding(
            "script-import",
            f"{place.short(fault['page'])} needs something that is not there (line "
            f"{fault['line']}): {fault['said']}.",
            _import_remedy(place, str(fault["module"])))
    for fault in faults.get("fails", []):
        yield Finding(
            "script-fails",
            f"{place.short(fault['page'])} fails before it can answer, at line "
            f"{fault.get('line', 0)}: {fault['said']}.",
            "Correct that line; what is needed for one answer alone belongs into the function that "
            "answers.")
    if found := faults.get("output"):
        yield Finding(
            "output-early",
            "These pages write something before they answer, which the web server takes for "
            f"headers, and answers 500: {_named(place, found)} (it begins: {found[0]['said']!r}).",
            "Take the line out that prints, or that starts another program (os.system, "
            "subprocess), or let it write to sys.stderr.")


def _import_remedy(place: Place, module: str) -> str:
    top = module.split(".")[0]
    if top in rehearse.OWN or not top:
        return "Upload lib/ once more, whole; or correct the name in that line."
    return (f"If it is a package: python3 -m pip install --target {quote(place.root + '/vendor')} "
            f"{top}; without a shell on the host, do that at home and upload vendor/. If it is a "
            "file of yours, put it into lib/.")


def _named(place: Place, found: list[dict[str, Any]]) -> str:
    return named([place.short(fault["page"]) for fault in found])


def _by_interpreter(place: Place) -> dict[str, list[str]]:
    """Pages that can be started, by the Python of their first lines; others have their finding."""
    found: dict[str, list[str]] = {}
    for path in list(scripts(place.root))[:MOST]:
        try:
            with open(path, "rb") as file:
                first = file.readline(LONGEST)
        except OSError:
            continue
        if first.startswith(MARK) or not first.startswith(b"#!") or first.endswith(b"\r\n"):
            continue
        program = interpreter(place, first.decode("utf-8", "replace"))
        if "python" in os.path.basename(program):
            found.setdefault(program, []).append(path)
    return found


def _rehearsed(place: Place, program: str, paths: list[str]) -> list[dict[str, Any]]:
    account: dict[str, Any] = {}
    if place.is_root:
        account = {"user": place.user, "group": place.group, "extra_groups": []}
    # The program itself, not its file: that user may not be able to read where the doctor lies.
    with open(rehearse.__file__, "rb") as file:
        source = file.read()
    try:
        told = subprocess.run(
            [program, "-B", "-c", source.decode("utf-8"), *paths], cwd="/",
            env={"PATH": USUAL_PATH, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WITHIN, **account)
        return [json.loads(line) for line in told.stdout.splitlines() if line.startswith(b"{")]
    except (OSError, ValueError, subprocess.SubprocessError):
        return []                                 # another check tells of the interpreter


ALWAYS = (can_be_loaded,)
