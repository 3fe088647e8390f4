"""What the interpreter itself says was opened, started and asked, while a test looks."""
from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STARTS = frozenset({
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn",
    "subprocess.Popen",
})
NETWORK = frozenset({
    "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo",
    "socket.sendto", "urllib.Request", "http.client.connect", "smtplib.connect",
})
FILES = frozenset({
    "open", "os.chmod", "os.chown", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.scandir", "os.symlink", "os.truncate", "shutil.copyfile", "sqlite3.connect",
})
CODE = frozenset({"compile", "exec", "marshal.loads", "pickle.find_class", "code.__new__"})

_seen: list[tuple[str, tuple[object, ...]]] | None = None
_hooked = False


class Seen(list[tuple[str, tuple[object, ...]]]):
    """Audit events (PEP 578), in order."""

    def of(self, names: frozenset[str]) -> list[tuple[str, tuple[object, ...]]]:
        """Those of these names."""
        return [event for event in self if event[0] in names]

    def paths(self) -> set[str]:
        """The absolute paths that were opened, listed, made, or taken away."""
        found = set()
        for _, arguments in self.of(FILES):
            for argument in arguments[:2]:
                if isinstance(argument, (str, bytes)) and argument:
                    found.add(os.path.abspath(os.fsdecode(argument)))
        return {path for path in found if not path.endswith((":memory:", "/r", "/rb", "/w"))}


@contextmanager
def watched() -> Iterator[Seen]:
    """The events of this block; one that a hook cannot be taken away from is only not read."""
    global _seen, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    _seen = seen = Seen()
    try:
        yield seen
    finally:
        _seen = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and not event.startswith("object."):
        _seen.append((event, arguments))
