"""The forms of a site, looked through before anybody fills them in: a step of ./chapbook check."""
from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import click

from chapbook import config, percent, testing
from chapbook.errors import ConfigError
from chapbook.forms import lint
from chapbook.request import VIEW

ENDINGS = (".html", ".htm")


def check(root: str) -> int:
    """Print each mistake in the forms of templates/ and htdocs/; how many there are."""
    try:
        base_url = config.current().site.base_url
    except ConfigError:
        base_url = ""                         # told by whatever needs the settings
    parts = base_url.split("/")
    found = mistakes(root, "/".join(["", *parts[3:]]), "/".join(parts[:3]))
    for sentence in found:
        click.echo(sentence)
    return len(found)


def mistakes(root: str, prefix: str = "", origin: str = "") -> list[str]:
    """A sentence with file and line on each mistake in the forms of the site at `root`.

    `prefix` is the folder of the site in its addresses: "" or "/club"; `origin` is what is before
    it, such as "https://example.org".
    """
    found: list[str] = []
    with tempfile.TemporaryDirectory() as log:
        answers = Answers(root, prefix, log)
        for folder in ("templates", "htdocs"):
            for name in _pages(os.path.join(root, folder)):
                path = f"{folder}/{name}"
                try:
                    with open(os.path.join(root, path), encoding="utf-8-sig", newline="") as file:
                        text = file.read()
                except UnicodeDecodeError:
                    found.append(f"{path}:1: The file is not UTF-8, and browsers are told that all "
                                 "pages are; save it as UTF-8.")
                    continue
                template = folder == "templates"
                base = "" if template else f"{prefix}/{percent.quote(name, percent.PATH_SAFE)}"
                found += lint.faults(
                    text, path=path, base=base, template=template, answers=answers,
                    origin=origin)
    return found


def _pages(folder: str) -> Iterator[str]:
    """The pages below a folder, in order, named from there."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(ENDINGS):
                yield os.path.relpath(os.path.join(place, name), folder)


class Answers:
    """Tells whether anything of a site takes a form: `answers("POST", "/forms/booking")`.

    The scripts are asked themselves, by OPTIONS, and then by GET whether they know the address: a
    form is sent to where its page can be seen. One that fails is taken to answer, since its tests
    tell more. What it writes into a log goes to the folder `log`, which has the database as well.
    """

    def __init__(self, root: str, prefix: str, log: str) -> None:
        self._prefix = prefix
        self._client = testing.Client(config=testing.site(
            root, paths={"log": log}, database={"file": os.path.join(log, "site.sqlite")}))
        self._known: dict[str, frozenset[str] | None] = {}

    def __call__(self, method: str, path: str) -> bool:
        if self._prefix and not f"{path}/".startswith(self._prefix + "/"):
            return True                       # another site of this host
        path = path[len(self._prefix):] or "/"
        if path not in self._known:
            self._known[path] = self._static(path) or self._allowed(path)
        known = self._known[path]
        return known is None or method in known

    def _static(self, path: str) -> frozenset[str] | None:
        """The methods of a file, or a folder with one to show, in htdocs/; None for no file."""
        file = os.path.join(self._client.config.htdocs, *path.split("/"))
        if "\0" not in path and (os.path.isfile(file) or os.path.isfile(f"{file}/index.html")):
            return frozenset({"GET"})
        return None

    def _allowed(self, path: str) -> frozenset[str] | None:
        """The methods of a script; None where it does not tell."""
        target = percent.quote(path, percent.PATH_SAFE)
        # By VIEW an old script, which would do what it does whenever it is asked, is not run.
        answer = self._client.request("OPTIONS", target, environ={VIEW: True})
        if answer.status == 404:
            return frozenset()
        if "Allow" not in answer:
            return None
        allowed = frozenset(answer["Allow"].split(", "))
        if {"GET", "POST"} <= allowed:
            answer = self._client.request("GET", target, environ={VIEW: True})
            if answer.status == 404:
                return frozenset()
        return allowed
