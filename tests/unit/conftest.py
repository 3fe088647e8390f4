"""What the unit tests share: settings in an empty folder, a client, the log, a stopwatch."""
from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from chapbook import Page
from chapbook.config import Config
from chapbook.request import Request
from chapbook.testing import Client, site

TREE = Path(__file__).resolve().parents[2]
LEAST = 0.003                # seconds

# A busy machine must not fail a test, and a failure must not hang on what an earlier run had found.
hypothesis.settings.register_profile("unit", deadline=None, database=None)
hypothesis.settings.load_profile("unit")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Config]:
    """The default settings in an empty folder; its database, if one was made, is closed after."""
    yield site(str(tmp_path))
    db = sys.modules.get("chapbook.db")
    if db is not None:
        db.close_kept()


@pytest.fixture
def ask(settings: Config) -> Callable[..., Client]:
    """A client for a page, `ask(get=show, post=sign)`, or any application: `ask(Routes(...))`.

    A page that is made here enforces no form, unless it says `form=OWN`.
    """
    def client(application: Any = None, **handlers: Any) -> Client:
        return Client(application or Page(**{"form": None, **handlers}), settings)
    return client


def page_script(name: str, text: str) -> str:
    """The text of a script below cgi-bin/ between the usual first lines and the usual last ones."""
    depth = 1 + name.count("/")
    return (
        "#!/usr/bin/env python3\nimport os\nimport sys\nsys.path.insert(0, "
        f"{'os.path.dirname(' * depth}os.path.realpath(__file__){')' * depth} + '/lib')\n{text}\n"
        "if __name__ == '__main__':\n    from chapbook import run\n    run(application)\n"
    )


@pytest.fixture
def drop(settings: Config) -> Callable[..., Path]:
    """Drops a file into the folder of the settings; gives its path.

    A script is executable, and gets the usual first and last lines unless `whole` says that the
    text is all of it.
    """
    def dropped(name: str, text: str, mode: int | None = None, whole: bool = False) -> Path:
        path = Path(settings.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("cgi-bin/") and not whole:
            text = page_script(name, text)
        path.write_text(text, "utf-8")
        path.chmod(mode or (0o755 if name.startswith("cgi-bin/") else 0o644))
        return path
    return dropped


class Tree:
    """A private copy of the toolkit whose scripts are run as programs, with nothing else around."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(TREE / "lib/chapbook", root / "lib/chapbook",
                        ignore=shutil.ignore_patterns("__pycache__"))
        (root / ".venv").symlink_to(sys.prefix)

    def script(self, name: str, text: str) -> Path:
        """Drop cgi-bin/<name>.py: the usual first lines, the text, and the usual last ones."""
        path = self.root / "cgi-bin" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"from chapbook import *\n{text}"
        path.write_text(page_script(f"cgi-bin/{name}", text), "utf-8")
        path.chmod(0o755)
        return path

    def run(
        self, name: str, *arguments: str | bytes, sent: bytes = b"", **environ: str | bytes
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a script with just these variables; they make it a CGI program or a command."""
        return subprocess.run(
            [sys.executable, self.root / "cgi-bin" / f"{name}.py", *arguments], input=sent,
            capture_output=True, env={"PATH": os.defpath, **environ}, timeout=60)

    def log(self) -> str:
        """What the test has written into the site's own log."""
        path = self.root / "var/log/chapbook.log"
        return path.read_text("ascii") if path.exists() else ""


@pytest.fixture(scope="session")
def _tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def tree(_tree: Tree) -> Tree:
    """A private copy of the toolkit, without scripts, settings and log."""
    for name in ("cgi-bin", "var"):
        shutil.rmtree(_tree.root / name, ignore_errors=True)
    (_tree.root / "site.ini").unlink(missing_ok=True)
    return _tree


@pytest.fixture
def log(settings: Config) -> Callable[[], list[str]]:
    """The lines of the log; those of tracebacks begin with a space."""
    def lines() -> list[str]:
        path = settings.path(settings.paths.log, "chapbook.log")
        return Path(path).read_text("ascii").splitlines() if os.path.exists(path) else []
    return lines


@pytest.fixture
def request_of(settings: Config) -> Callable[..., Request]:
    """A Request of the given variables, made without a gateway."""
    def made(**environ: Any) -> Request:
        return Request({"REQUEST_METHOD": "GET", **environ}, settings)
    return made


@pytest.fixture(scope="session")
def grows_linearly() -> Callable[..., None]:
    """Asserts that twice the input takes at most two and a half times the time.

    Processor time, the best of several runs, without garbage collection: neither other programs
    nor the size of this one must decide. `size` is large enough for anything that grows with the
    square to take far longer than LEAST, below which there is more noise than growth.
    """
    def best(work: Callable[[object], object], data: object) -> float:
        times = []
        gc.disable()
        try:
            for _ in range(4):
                begun = time.process_time()
                work(data)
                times.append(time.process_time() - begun)
        finally:
            gc.enable()
        return min(times)

    def check(work: Callable[[object], object], make: Callable[[int], object], size: int) -> None:
        ratios = []
        for _ in range(12):                   # what grows with the square fails every time
            ratios.append(best(work, make(2 * size)) / max(best(work, make(size)), LEAST))
            if ratios[-1] <= 2.5:
                return
        pytest.fail(f"twice the input takes {min(ratios):.1f} times the time")
    return check
