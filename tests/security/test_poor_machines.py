"""A machine that runs out of disk, files or memory, and a tree that is half there: no half work.

The pages run as programs, as under CGI, each in a process that the kernel holds to its limits.
"""
from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chapbook import config, schema
from chapbook.db import connect

TREE = Path(__file__).resolve().parents[2]
SENT = b"name=Ann&place=&message=Hello"
MIB = 1 << 20
TOO_MUCH = b"x" * (17 * MIB)


class Tree:
    """A private copy of the site on SQLite, whose scripts are run as CGI programs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("cgi-bin", "lib", "templates", "htdocs"):
            shutil.copytree(TREE / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        (root / ".venv").symlink_to(sys.prefix)
        self.config = config.load(None, root=str(root))
        with connect(self.config) as db:
            schema.bring_up(db, self.config)
        self.ask()                                # what is compiled and cached is there
        self.ask(SENT)

    def ask(
        self, sent: bytes | None = None, script: str = "guestbook",
        more: dict[str, str] | None = None, **limits: int
    ) -> subprocess.CompletedProcess[bytes]:
        """What a script answers to a GET, or a POST of `sent`, under limits such as FSIZE=0."""
        environ = {
            "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET" if sent is None else "POST",
            "REQUEST_URI": f"/{script}", "SCRIPT_NAME": f"/{script}", "PATH": os.defpath,
            "REMOTE_ADDR": "192.0.2.1", "HTTP_HOST": "localhost",
        }
        if sent is not None:
            environ |= {"CONTENT_LENGTH": str(len(sent)),
                        "CONTENT_TYPE": "application/x-www-form-urlencoded"}

        environ |= more or {}

        def limit() -> None:
            for name, value in limits.items():
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))

        return subprocess.run(
            [sys.executable, self.root / f"cgi-bin/{script}.py"], input=sent or b"", env=environ,
            capture_output=True, timeout=60, preexec_fn=limit if limits else None)

    def entries(self) -> int:
        """How many entries the guestbook has, in a database that is whole."""
        with connect(self.config) as db:
            assert db.value("SELECT integrity_check FROM pragma_integrity_check LIMIT 1") == "ok"
            return int(db.value("SELECT COUNT(*) FROM guestbook_entry"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One copy for all tests of this file."""
    return Tree(tmp_path_factory.mktemp("poor"))


def status(done: subprocess.CompletedProcess[bytes]) -> int:
    """The status of an answer that is whole; 0 where the server has to answer in its place."""
    head, sep, body = done.stdout.partition(b"\r\n\r\n")
    if not done.stdout:
        return 0
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n"))
    assert sep and int(fields[b"Content-Length"]) == len(body), done.stdout
    return int(fields[b"Status"][:3])


def signs(tree: Tree, **limits: int) -> int:
    """The status for somebody who signs under limits: what is said to be kept is, and only that."""
    before = tree.entries()
    found = status(tree.ask(SENT, **limits))
    assert tree.entries() - before == (found == 303), found
    return found


@pytest.mark.parametrize("size", [0, 512, 4096, 16_384, 65_536])
def test_a_full_disk_keeps_nothing_by_halves(tree: Tree, size: int) -> None:
    assert signs(tree, FSIZE=size) in (303, 503)
    assert status(tree.ask(FSIZE=size)) in (200, 503)


def test_a_full_disk_is_said_to_be_one_and_later_all_is_well(tree: Tree) -> None:
    assert signs(tree, FSIZE=0) == 503
    assert signs(tree) == 303


@pytest.mark.parametrize("name", [
    "collection/guestbook", "chapbook/engines/sqlite", "chapbook/failure", "chapbook/errorpage",
])
def test_a_compiled_module_that_a_full_disk_has_cut_short_is_made_anew(
    tree: Tree, name: str
) -> None:
    tree.ask(TOO_MUCH)                            # an error, so that all of these are compiled
    tree.ask()
    folder, _, stem = name.rpartition("/")
    (compiled,) = (tree.root / "lib" / folder / "__pycache__").glob(f"{stem}.*.pyc")
    whole = compiled.read_bytes()
    compiled.write_bytes(whole[:len(whole) // 2])
    first = status(tree.ask()), status(tree.ask(TOO_MUCH))
    assert set(first) <= {200, 413, 500}
    assert (status(tree.ask()), status(tree.ask(TOO_MUCH))) == (200, 413)


@pytest.mark.parametrize("files", range(3, 12))
def test_a_machine_that_is_out_of_files_keeps_nothing_by_halves(tree: Tree, files: int) -> None:
    assert signs(tree, NOFILE=files) in (0, 303, 500, 503)


@pytest.mark.parametrize("size", [16, 24, 32, 40, 48, 64])
def test_a_machine_that_is_out_of_memory_keeps_nothing_by_halves(tree: Tree, size: int) -> None:
    assert signs(tree, AS=size * MIB) in (0, 303, 500, 503)


def test_the_pages_fit_the_limits_of_a_small_host(tree: Tree) -> None:
    limits = {"AS": 256 * MIB, "CPU": 30, "NOFILE": 64, "CORE": 0}
    assert status(tree.ask(**limits)) == 200
    assert signs(tree, **limits) == 303


def test_a_host_that_allows_neither_processes_nor_threads_gets_its_pages(
    tree: Tree, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_MORE)       # as the limits of small hosts have it
    only = {"PYTHONPATH": str(tmp_path)}
    assert status(tree.ask(more=only)) == 200
    before = tree.entries()
    assert status(tree.ask(SENT, more=only)) == 303
    letter = (b"name=Ann&email=ann%40example.org&about=A+question&_gotcha="
              b"&message=Long+enough+to+be+one")
    assert status(tree.ask(letter, "forms", more=only | {
        "PATH_INFO": "/contact", "REQUEST_URI": "/forms/contact"})) in (200, 303)
    with connect(tree.config) as db:
        assert (tree.entries(), db.value("SELECT COUNT(*) FROM submission")) == (before + 1, 1)


NO_MORE = """
import os, _thread
def refuse(*args, **more):
    raise BlockingIOError(11, "Resource temporarily unavailable")
def start(*args, **more):
    raise RuntimeError("can't start new thread")
os.fork = os.posix_spawn = refuse
_thread.start_new_thread = start
"""


def test_many_first_visitors_of_a_cold_site_are_all_answered(tmp_path: Path) -> None:
    cold = Tree(tmp_path)
    shutil.rmtree(tmp_path / "var/cache", ignore_errors=True)
    (tmp_path / "var/secret.key").unlink(missing_ok=True)
    for cache in tmp_path.rglob("__pycache__"):
        shutil.rmtree(cache)
    before = cold.entries()
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda number: status(cold.ask(SENT if number % 2 else None)),
                              range(12)))
    assert found == [200, 303] * 6
    assert cold.entries() == before + 6


@pytest.fixture
def used(tree: Tree) -> Iterator[list[Path]]:
    """The files that a page of the guestbook is made of; put back after."""
    kept = {}
    listed = subprocess.run(
        [sys.executable, "-c", NEEDS, tree.root / "cgi-bin/guestbook.py"], capture_output=True,
        text=True, env={"PATH": os.defpath}, check=True).stdout.splitlines()
    own = [Path(name) for name in listed if name.startswith(str(tree.root))]
    own += [tree.root / "templates/base.html", tree.root / "templates/guestbook.html",
            tree.root / "cgi-bin/guestbook.py", tree.root / "lib/chapbook/defaults.ini"]
    for path in own:
        kept[path] = path.read_bytes()
    yield own
    for path, data in kept.items():
        path.write_bytes(data)


NEEDS = """
import runpy, sys
sys.argv[1:], script = [], sys.argv[1]
try:
    runpy.run_path(script, run_name="__main__")
finally:
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None):
            print(module.__file__)
"""


def test_a_tree_that_is_half_there_shows_neither_its_source_nor_half_a_page(
    tree: Tree, used: list[Path]
) -> None:
    assert len(used) > 25

    for path in used[::3]:
        whole = path.read_bytes()
        path.write_bytes(whole[:len(whole) * 2 // 3])
        done = tree.ask()
        path.write_bytes(whole)
        found = status(done)
        assert found in (0, 200, 500, 503), path
        for secret in (b"import ", b"def ", b"Traceback", b"{%", b"{{", b"SELECT"):
            assert secret not in done.stdout, (path, secret)
    assert status(tree.ask()) == 200
