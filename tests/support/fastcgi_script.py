"""A script that answers by FastCGI as tests want it, each time in a process of its own."""
from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.fastcgi import Process
from tests.support.sites import TREE

SCRIPT = '''
import json, os, resource, sys, threading, time, zlib
sys.path.insert(0, {lib!r})
from chapbook.server import fastcgi

BEGUN = time.monotonic()


class Noted(list):
    def close(self):
        print("after the answer")


def application(environ, start):
    path, stdin = environ["PATH_INFO"], environ["wsgi.input"]
    body = b""
    if path == "/body":
        size, crc, most = 0, 0, int(environ["HTTP_MOST"])
        try:
            while most > size and (part := stdin.read1(65536)):
                size, crc = size + len(part), zlib.crc32(part, crc)
            cut = ""
        except OSError as error:
            cut = str(error)
        body = json.dumps([size, crc, cut]).encode()
    elif path == "/lines":
        body = json.dumps([stdin.readline().decode(), list(map(bytes.decode, stdin))]).encode()
    elif path == "/about":
        os.chdir("/tmp")
        body = json.dumps({{
            "pid": os.getpid(), "stdin": os.readlink("/proc/self/fd/0"),
            "begun": BEGUN, "tasks": len(os.listdir("/proc/self/task")),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "umask": open("/proc/self/status").read().partition("Umask:\\t")[2][:4],
            "argv": sys.argv, "word": "one",
            "environ": {{name: repr(value) for name, value in environ.items()}}}}).encode()
    elif path == "/print":
        print("for the author")
        environ["wsgi.errors"].write("for the log: \\u20ac" + "x" * int(environ["HTTP_MORE"]))
    elif path == "/slow":
        open({folder!r} + "/begun", "w").close()
        while not os.path.exists({folder!r} + "/go"):
            time.sleep(0.01)
    elif path == "/thread":
        def work():
            while not os.path.exists({folder!r} + "/go"):
                time.sleep(0.01)
            open({folder!r} + "/done", "w").close()
        threading.Thread(target=work, daemon=True).start()
    elif path == "/fail":
        raise ValueError("a mistake")
    elif path == "/big":
        body = b"x" * 3_000_000
    start("200 OK", [("X-One", "1"), ("X-One", "2")])
    if path == "/half":
        def half():
            yield b"half"
            raise ValueError("broken off")
        return half()
    return (Noted if path == "/print" else list)([body, b""])


if __name__ == "__main__":
    fastcgi.MOST_REQUESTS = int(os.environ.get("MOST", 1000))
    fastcgi.serve(application)
'''


@contextmanager
def starting() -> Iterator[Callable[..., Process]]:
    """Starts the script above, with variables for its environment; all are ended in the end."""
    started: list[Process] = []
    folders: list[tempfile.TemporaryDirectory[str]] = []

    def made(**environ: str) -> Process:
        folders.append(tempfile.TemporaryDirectory())
        folder = Path(folders[-1].name)
        script = folder / "dispatch.fcgi"
        script.write_text(SCRIPT.format(lib=str(TREE / "lib"), folder=str(folder)))
        started.append(Process(folder, [sys.executable, str(script)[1:]], **environ))
        return started[-1]
    try:
        yield made
    finally:
        for each in started:
            each.stop()
        for each in folders:
            each.cleanup()


def about(process: Process, **more: Any) -> Any:
    """What the process says of itself."""
    out, _, _ = process.ask("/about", **more)
    return json.loads(out.partition(b"\r\n\r\n")[2])
