"""The site's log, read from its end: what went wrong, by request id, with tracebacks.

It is for owners whose host gives them no shell. `var/log/chapbook.log` and the one put aside before
it are read in blocks, newest event first, never as a whole; text of the log is not trusted here
either. An event is known by where it begins: the file's inode and an offset, so a page of the list
goes on where it was, though the log was put aside meanwhile.
"""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from chapbook.config import Config

    List = list["Event"]
else:
    List = list

BLOCK = 1 << 16               # bytes read at once
MOST_BYTES = 24 << 20         # read for one page: both files at their largest
LINE_MOST = 1 << 15           # bytes; the log's own lines are shorter
ID_MOST = 40                  # characters
FILES = ("chapbook.log", "chapbook.log.1")

# The facts of an event, in the order in which they are told.
FACTS = {
    "error": "Error", "detail": "What was said", "at": "Where", "method": "Method",
    "path": "Address of the page", "address": "Visitor's network address",
}
_REFUSED = [[str(status).encode()] for status in range(400, 500)]
KINDS = {
    "500": "A page failed", "503": "Something did not answer", "mail": "Mail was not sent",
    "password": "A password could not be read",
}


class Event:
    """One event: `mark` (where it is), `at` (ISO 8601, UTC), `id` of the request or "-", `kind`.

    `words` is what it is about in a few words; `facts` pairs of a label and a text; `traceback` is
    empty where there is none. All texts are as they were before the log escaped them, on their own
    lines, with what cannot be printed still escaped.
    """

    __slots__ = ("mark", "at", "id", "kind", "words", "facts", "traceback")

    def __init__(self, mark: str, lines: list[bytes]) -> None:
        self.mark = mark
        head = lines[0].decode("ascii", "backslashreplace").split(" ", 3)
        self.at, self.id, self.kind, rest = head + [""] * (4 - len(head))
        self.words = KINDS.get(self.kind) or (
            "A request was refused" if self.kind[:1] == "4" and self.kind.isdigit() else self.kind)
        found = _facts(rest)
        self.facts = [(label, found.pop(name)) for name, label in FACTS.items() if name in found]
        self.facts += found.items()
        self.traceback = "\n".join(
            readable(line.decode("ascii", "backslashreplace").removeprefix("    "))
            for line in lines[1:])

    def fact(self, name: str) -> str:
        """The text of one of FACTS, or ""."""
        return dict(self.facts).get(FACTS[name], "")


class Events(List):
    """Some events, newest first; `older` is the `before` of those that follow, "" at the end."""

    older = ""
    unreadable = ""           # why the log could not be read, for the owner


def latest(
    config: Config, *, most: int = 20, before: str = "", words: str = "", id: str = "",
    grave: bool = False, most_bytes: int = MOST_BYTES,
) -> Events:
    """The newest events, or those before one's `mark`.

    `id` is that of a request: its events alone. `words` are looked for in the lines of an event,
    in any case of letters. `grave` leaves out what was refused to visitors (4xx). No more than
    `most_bytes` of the log are read. A `before` that is no mark, or of a file that is gone, begins
    anew.
    """
    found = Events()
    wanted = [word.lower().encode("unicode_escape") for word in words.split()]
    own = f" {id} ".encode("ascii", "replace") if id else b""
    try:
        for mark, lines in _backwards(config, before, most_bytes):
            if grave and lines[0].split(b" ", 3)[2:3] in _REFUSED:
                continue
            if own and own not in lines[0][:80]:
                continue
            if wanted:
                text = b"\n".join(lines).lower()
                if not all(word in text for word in wanted):
                    continue
            if len(found) == most:
                found.older = found[-1].mark
                break
            found.append(Event(mark, lines))
    except OSError as error:
        found.unreadable = error.strerror or str(error)
    return found


def is_id(text: str) -> bool:
    """Whether it can be the id of a request, as visitors quote it."""
    return 0 < len(text) <= ID_MOST and text.isascii() and text.replace("-", "").isalnum()


def readable(text: str) -> str:
    """What the log has escaped, as it was; what cannot be printed stays escaped."""
    import re

    text = re.sub(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([\\nrt]))", _unescaped, text)
    return "".join(
        letter if letter.isprintable() or letter == "\n"
        else letter.encode("unicode_escape", "backslashreplace").decode("ascii")
        for letter in text)


def _unescaped(found: re.Match[str]) -> str:
    if found[4]:
        return {"n": "\n", "r": "\r", "t": "    "}.get(found[4], found[4])
    code = int(found[1] or found[2] or found[3], 16)
    return chr(code) if code < 0x110000 else found[0]


def _facts(text: str) -> dict[str, str]:
    """The `name=value` pairs of a line; a value goes on until the next name that is known."""
    found: dict[str, str] = {}
    name = ""
    for word in text.split(" "):
        key, sep, value = word.partition("=")
        # A name comes once, and in the log's order: what looks like another is part of a text.
        if sep and key.isalpha() and key.islower() and key not in found and (
            not name or key in FACTS
        ):
            name, found[key] = key, value
        elif name:
            found[name] += " " + word
        elif word:
            name, found["detail"] = "detail", word
    return {key: readable(value) for key, value in found.items()}


def _backwards(config: Config, before: str, left: int) -> Iterator[tuple[str, list[bytes]]]:
    """The mark and the lines of every event, the newest first."""
    folder = config.path(config.paths.log)
    inode, _, offset = before.partition("-")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 20):
        inode = offset = ""                   # it is no mark
    opened: list[tuple[int, os.stat_result]] = []
    try:
        for name in FILES:
            try:
                file = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            opened.append((file, os.fstat(file)))
        known = [str(stat.st_ino) for _, stat in opened]
        skipped = known.index(inode) if inode in known else 0
        for number, (file, stat) in enumerate(opened[skipped:]):
            end = stat.st_size
            if number == 0 and inode in known:
                end = min(end, int(offset))
            for start, lines in _events(file, end, left):
                yield f"{stat.st_ino}-{start}", lines
            left -= end
    finally:
        for file, _ in opened:
            os.close(file)


def _events(file: int, end: int, left: int) -> Iterator[tuple[int, list[bytes]]]:
    """Events of a file that begin before `end`: a line that is not indented, and those below it."""
    below: list[bytes] = []
    for start, line in _lines(file, end, left):
        if line.startswith(b"    "):
            below.append(line)
        elif line:
            yield start, [line, *reversed(below)]
            below = []


def _lines(file: int, end: int, left: int) -> Iterator[tuple[int, bytes]]:
    """Where each line before `end` begins, and the line, the last one first."""
    rest = b""
    stop = max(0, end - left)
    while end > stop:
        size = min(BLOCK, end - stop)
        end -= size
        lines = (os.pread(file, size, end) + rest).split(b"\n")
        position = end
        if end:                               # the first may begin in the block before
            rest = lines.pop(0)
            position += len(rest) + 1
            rest = rest[:LINE_MOST]           # a line without end is none of ours
        starts = []
        for line in lines:
            starts.append(position)
            position += len(line) + 1
        for start, line in zip(reversed(starts), reversed(lines)):
            yield start, line[:LINE_MOST]
