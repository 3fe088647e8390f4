"""Logs of web servers, read: what Apache, suexec, nginx and uWSGI write, turned into causes.

"End of script output before headers" is what a visitor's 500 leaves in a log, and no cause: that
stands some lines before or after it, in the words of another program.
"""
from __future__ import annotations

import errno
import glob
import os
import re
import stat
import time

from .findings import Finding
from .logrules import RULES, SYMPTOMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .place import Place

NEAR = 40                     # lines around a symptom in which its cause is looked for
MOST = 1 << 20                # bytes from the end of a log
RECENT = 86400                # seconds since a log was written to
LONGEST = 300                 # letters of a line that are shown
MOST_LETTERS = 2000           # of a line that are looked at: its beginning has the cause
# What servers add of a request is a visitor's, who may have written anything there.
VISITORS = re.compile(r", (?:referr?er: |client: |request: \")")
# Where hosts put the log of one site, seen from its public folder and from home.
BESIDE = ("error_log", "error.log", "cgi-bin/error_log")
AT_HOME = ("logs/*error*", "logs/*/*/error.log", "log/*error*", "access-logs/*error*",
           "var/log/*error*")


def causes(lines: Iterable[str]) -> list[Finding]:
    """What these lines of a log tell, the newest first; each cause once, with its last line.

    A symptom is told only where no line near it has the cause.
    """
    seen = [VISITORS.split(line[:MOST_LETTERS], maxsplit=1)[0].rstrip("\r\n") for line in lines]
    found: dict[str, tuple[int, Finding]] = {}
    explained: set[int] = set()
    waiting: list[tuple[int, str, str, str]] = []
    for number, line in enumerate(seen):
        if rule := _matching(line, RULES):
            found[rule[0]] = (number, _finding(*rule, line))
            explained.update(range(number - NEAR, number + NEAR + 1))
        elif rule := _matching(line, SYMPTOMS):
            waiting.append((number, *rule))
    for number, name, sentence, remedy in waiting:
        if number not in explained:
            found[name] = (number, _finding(name, sentence, remedy, seen[number]))
    return [finding for _, finding in sorted(found.values(), key=lambda each: -each[0])]


def read(path: str) -> list[Finding]:
    """The causes in the last megabyte of a log; OSError where it cannot be read, or is no file."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):       # a pipe would be waited for
            raise OSError(errno.EINVAL, "it is no file")
        file.seek(max(0, found.st_size - MOST))
        return causes(file.read(MOST).decode("utf-8", "replace").splitlines())


def usual(place: Place) -> Iterator[str]:
    """The paths of logs of this site alone that were written to within a day."""
    home = os.path.expanduser("~")
    patterns = [os.path.join(glob.escape(folder), name) for name in BESIDE
                for folder in dict.fromkeys((place.config.htdocs, place.root))]
    if home != "/" and place.root.startswith(os.path.join(home, "")):
        patterns += [os.path.join(glob.escape(home), name) for name in AT_HOME]
    paths = [found for pattern in patterns for found in sorted(glob.glob(pattern))]
    for path in dict.fromkeys(paths):
        try:
            if os.path.isfile(path) and os.stat(path).st_mtime > place.now - RECENT:
                yield path
        except OSError:
            pass                                  # gone, or not ours to see


def of_site(place: Place) -> list[Finding]:
    """The causes in the last lines of the site's own logs, written within the last minutes."""
    found = []
    for path in usual(place):
        try:
            if os.stat(path).st_mtime > time.time() - 600:
                found += read(path)
        except OSError:
            continue
    return found


def _matching(line: str, rules: tuple[tuple[re.Pattern[str], str, str, str], ...]
              ) -> tuple[str, str, str] | None:
    """The name, the sentence and the remedy of the first rule that a line fits."""
    for pattern, name, sentence, remedy in rules:
        if match := pattern.search(line):
            words = {key: value or "" for key, value in match.groupdict().items()}
            return name, sentence.format_map(_Words(words)), remedy.format_map(_Words(words))
    return None


def _finding(name: str, sentence: str, remedy: str, line: str) -> Finding:
    return Finding(name, f"{sentence} The log says: {line.strip()[:LONGEST]}", remedy)


class _Words(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"
