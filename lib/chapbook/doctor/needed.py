"""What a site needs of its host, each met or not: for a page that is there before the settings."""
from __future__ import annotations

import os
from shlex import quote

from . import bytecode, files, machine, scripts, starts
from .findings import AMBER, RED, Finding
from .place import stat_of
from .reach import closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .findings import Check
    from .place import Place

OK = "ok"


class Requirement:
    """One thing that the site needs: `title` in a few words, and the `findings` against it."""

    __slots__ = ("title", "findings")

    def __init__(self, title: str, findings: list[Finding]) -> None:
        self.title, self.findings = title, findings

    @property
    def severity(self) -> str:
        """The gravest of its findings: "red", "amber", or "ok" where there is none."""
        known = {finding.severity for finding in self.findings}
        return RED if RED in known else AMBER if known else OK

    def __repr__(self) -> str:
        return f"<Requirement {self.severity} {self.title}>"


def met(place: Place) -> list[Requirement]:
    """All requirements, in the order in which they are read."""
    return [Requirement(title, [finding for check in checks for finding in check(place)])
            for title, checks in _NEEDED.items()]


def can_write(place: Place) -> Iterator[Finding]:
    """The site can write its settings, and the folder for all that it stores."""
    var = place.config.path(place.config.paths.var)
    if stat_of(var) is not None:
        wanted = [var, *(os.path.join(var, name) for name in ("log", "cache", "uploads"))]
    else:
        wanted = [os.path.dirname(var)]           # where it has to be made
    if stat_of(place.settings_file) is None:
        wanted.append(place.root)
    shut = {path: at for path in dict.fromkeys(wanted)
            if stat_of(path) is not None and (at := closed(place, path, os.W_OK | os.X_OK))}
    for path, at in list(shut.items())[:1]:
        yield Finding(
            "folder-closed",
            f"The pages run as the user {place.user_name}, who cannot write into {path}"
            + (f", because {at} is closed to that user" if at != path else "")
            + ": neither settings nor what visitors send could be stored.",
            f"chmod u+rwx {quote(path)}    (in an FTP program: permissions 755; if it belongs to "
            "another user, have your host give it to yours)", [at])


# Read from top to bottom on the page of the installer.
_NEEDED: dict[str, tuple[Check, ...]] = {
    "A Python that is new enough": (machine.python_is_new_enough, machine.python_is_kept_up),
    "The packages that pages need": (machine.packages_are_there,),
    "All files of the site, whole": (scripts.are_whole,),
    "Pages that the web server can start": (
        scripts.can_be_started, starts.begin_as_they_must, starts.have_an_interpreter),
    "Files that are nobody else's": (scripts.are_changed_by_one, files.written_is_private),
    "Folders that the site can write": (can_write, files.written_by_one),
    "Room on the disk": (files.has_room,),
    "Compiled modules that are kept": (bytecode.is_kept,),
    "All letters of the world": (machine.letters_are_all_known,),
    "A few processes and threads": (machine.has_processes_and_threads,),
}
