"""The first lines of scripts: by them the system finds the program that runs the script."""
from __future__ import annotations

import os
import subprocess
import sys
from shlex import join, quote

from .findings import Finding, named
from .reach import closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .place import Place

LEAST_PYTHON = (3, 11)
MARK = b"\xef\xbb\xbf"
LONGEST = 500                 # bytes of a first line that are read
ENDINGS = (".py", ".cgi", ".pl", ".fcgi", ".wsgi")
# Where "#!/usr/bin/env python3" looks below suexec and most web servers.
USUAL_PATH = "/usr/local/bin:/usr/bin:/bin"
FIRST_LINE = "#!/usr/bin/env python3"
WITHIN = 10                   # seconds for an interpreter to tell its version


def begin_as_they_must(place: Place) -> Iterator[Finding]:
    """No mark, no line ends of Windows, and a first line that names a program."""
    marked, ended, strange = [], [], []
    for path in started(place):
        try:
            with open(path, "rb") as file:
                first = file.readline(LONGEST)
        except OSError:
            continue                              # its mode is another check's
        if first.startswith(MARK):
            marked.append(path)
        elif first.endswith(b"\r\n"):
            ended.append(path)
        elif not first.startswith(b"#!") and not path.endswith(".wsgi"):
            strange.append(path)
    if ended:
        yield Finding(
            "script-line-ends",
            "These scripts have the line ends of Windows, so the web server looks for a program "
            f"whose name ends in an invisible letter, and answers 500: {_short(place, ended)}.",
            f"sed -i 's/\\r$//' {join(ended[:10])}    (an FTP program's ASCII mode does this: "
            "upload in binary mode, and save with Unix line ends)", ended)
    if marked:
        yield Finding(
            "script-mark",
            "These scripts begin with an invisible mark (BOM), so the web server does not find the "
            f"#! of their first line, and answers 500: {_short(place, marked)}.",
            "Save the file as UTF-8 without BOM (editors on Windows offer both), and upload it "
            "again.", marked)
    if strange:
        yield Finding(
            "script-start",
            "The web server cannot start these scripts, because their first line does not begin "
            f"with #! and the name of a program: {_short(place, strange)}.",
            f"Make this the very first line, with nothing before it: {FIRST_LINE}", strange)


def have_an_interpreter(place: Place) -> Iterator[Finding]:
    """What the first lines name is there, the scripts' user can run it, and it is new enough."""
    missing: list[str] = []
    lost: list[str] = []
    shut, old = [], []
    known: dict[str, tuple[int, ...]] = {}
    for line, paths in _lines(place).items():
        names = _short(place, paths)
        program = interpreter(place, line)
        if not program:
            missing.append(f"{names} ({line[2:].strip()})")
            lost += paths
            continue
        if at := closed(place, program):
            shut.append((names, program, at))
            continue
        if "python" in os.path.basename(program):
            version = known.setdefault(program, _version(place, program))
            if version and version < LEAST_PYTHON:
                old.append((names, program, ".".join(map(str, version))))
    if missing:
        yield Finding(
            "interpreter-missing",
            f"The program that shall run these scripts is not on this machine: {named(missing)}. "
            "The web server answers 500.",
            f"Make the first line {FIRST_LINE}; where the host keeps Python elsewhere (its help "
            "pages say where, or `type python3` in a shell), write that path after #!", lost)
    for names, program, at in shut:
        yield Finding(
            "interpreter-closed",
            f"The pages run as the user {place.user_name}, who cannot get at the Python of "
            f"{names}: {program} lies behind {at}, which is closed to that user.",
            "Use a Python that everybody on this machine may run: rm -r .venv, then "
            f"PYTHON=/usr/bin/python3 ./chapbook doctor; or open the folder: chmod a+x {quote(at)}")
    for names, program, version_ in old:
        yield Finding(
            "python-version",
            f"Pages would run with Python {version_} ({program}: {names}), and need 3.11 or newer. "
            "They answer 500.",
            "Ask your host for a newer Python (a control panel often offers several), and write "
            "its path into the first lines: #!/usr/bin/python3.11, for example.")


def _short(place: Place, paths: list[str]) -> str:
    return named([place.short(path) for path in paths])


def started(place: Place) -> Iterator[str]:
    """The paths of all that a web server starts: pages, other scripts, the ways into the site."""
    public, ways = os.path.join(place.config.htdocs, "cgi-bin"), os.path.join(place.root, "apache")
    for top in dict.fromkeys((os.path.join(place.root, "cgi-bin"), ways, public)):
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name[:1] not in "._")
            yield from (os.path.join(folder, name) for name in sorted(names)
                        if name.endswith(ENDINGS) and name[:1] not in "._"
                        and (top != ways or name.startswith("dispatch."))
                        and os.path.isfile(os.path.join(folder, name)))


def interpreter(place: Place, line: str) -> str:
    """The path of the program that a first line names; empty where there is none."""
    words = line.removeprefix("#!").split()
    if not words:
        return ""
    if os.path.basename(words[0]) != "env":
        return words[0] if os.path.lexists(words[0]) else ""
    wanted = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
    for folder in [os.path.join(place.root, ".venv", "bin"), *USUAL_PATH.split(":")]:
        path = os.path.join(folder, wanted)
        if wanted and os.path.lexists(path):
            return path
    return ""


def _lines(place: Place) -> dict[str, list[str]]:
    """The first lines that are in order, and which scripts have them."""
    found: dict[str, list[str]] = {}
    for path in started(place):
        try:
            with open(path, "rb") as file:
                first = file.readline(LONGEST)
        except OSError:
            continue
        if first.startswith(b"#!") and not first.endswith(b"\r\n"):
            found.setdefault(first.decode("utf-8", "replace").strip(), []).append(path)
    return found


def _version(place: Place, program: str) -> tuple[int, ...]:
    """The version of a Python, as the user of the scripts sees it; () where it does not tell."""
    if os.path.realpath(program) == os.path.realpath(sys.executable):
        return tuple(sys.version_info[:2])
    account: dict[str, Any] = {}
    if place.is_root:
        account = {"user": place.user, "group": place.group, "extra_groups": []}
    try:
        told = subprocess.run(
            [program, "-c", "import sys; sys.stdout.write('%d.%d' % sys.version_info[:2])"],
            cwd="/", env={"PATH": USUAL_PATH}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=WITHIN, **account)
        return tuple(int(part) for part in told.stdout.split("."))
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


ALWAYS = (begin_as_they_must, have_an_interpreter)
