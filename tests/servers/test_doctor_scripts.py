"""The doctor and scripts under suexec: the server fails in each way, and exactly that is found."""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chapbook.doctor import serverlog

from tests.support.hosted import Hosted, forget_bytecode
from tests.support.sites import FOOT, HEAD

pytestmark = pytest.mark.as_root

SUEXEC_LOG = Path("/var/log/apache2/suexec.log")        # its place is compiled into it
PAGE = "cgi-bin/guestbook.py"
ENV = b"#!/usr/bin/env python3"
UP = "os.path.dirname(os.path.dirname(os.path.realpath(__file__)))"
ANSWER = 'application = Page(get=lambda request: Response("here"))'


def edited(old: bytes, new: bytes) -> Callable[[Path], None]:
    """Replace something in the page."""
    def edit(path: Path) -> None:
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new))
    return edit


def with_body(body: str, up: str = UP) -> Callable[[Path], None]:
    """Let the page be another one."""
    return lambda path: path.write_text(HEAD % up + body + ANSWER + FOOT, "utf-8") and None


def closed_python(path: Path) -> None:
    folder = path.parents[2] / "shut"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    if not (folder / "python3").is_symlink():
        (folder / "python3").symlink_to("/usr/bin/python3")
    edited(ENV, b"#!" + bytes(folder / "python3"))(path)


def old_python(path: Path) -> None:
    """A Python that says that it is an old one, and cannot run what it does not understand."""
    program = path.parents[2] / "python3.6"
    program.write_text('#!/bin/sh\n[ "$1" = -c ] && printf 3.6 && exit\nexit 1\n', "utf-8")
    program.chmod(0o755)
    edited(ENV, b"#!" + bytes(program))(path)


# What the doctor finds, and what it reads in the logs of Apache and suexec.
BREAKS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "line ends of windows": ("script-line-ends", "script-line-ends", edited(b"\n", b"\r\n")),
    "a mark": ("script-mark", "script-start", edited(ENV, b"\xef\xbb\xbf" + ENV)),
    "an empty line": ("script-start", "script-start", edited(ENV, b"\n" + ENV)),
    "no interpreter": (
        "interpreter-missing", "interpreter-missing", edited(ENV, b"#!/usr/bin/python3.99")),
    "a closed interpreter": ("interpreter-closed", "script-mode", closed_python),
    "an old interpreter": ("python-version", "log-ended-early", old_python),
    "not executable": ("script-mode", "", lambda path: path.chmod(0o644)),
    "group-writable": ("code-writable", "code-writable", lambda path: path.chmod(0o775)),
    "another owner": ("script-owner", "script-owner", lambda path: shutil.chown(path, "daemon")),
    "another group": (
        "script-owner", "script-owner", lambda path: shutil.chown(path, group="daemon")),
    "python 2": ("script-syntax", "script-syntax", with_body('print "hello"\n')),
    "an import": ("script-import", "", with_body("import nowhere_to_be_found\n")),
    "a name in lib": ("script-import", "", with_body("from chapbook import nothing_like_that\n")),
    "no lib": (
        "lib-missing", "lib-missing", with_body("", UP.removeprefix("os.path.dirname(")[:-1])),
    "a failure": ("script-fails", "", with_body("1 / 0\n")),
    "output": ("output-early", "output-early", with_body('os.system("echo hello")\n')),
}


@pytest.fixture(scope="module")
def hosted(apache_here: None) -> Iterator[Hosted]:
    """The site under suexec."""
    made = Hosted({"suexec": ("suexec", lambda block: block)})
    yield made
    made.stop()


def logs(hosted: Hosted) -> tuple[str, str]:
    """What suexec has written, and what Apache has."""
    return SUEXEC_LOG.read_text("utf-8", "replace"), hosted.server("suexec").logs()


def names(hosted: Hosted) -> list[str]:
    return hosted.names("suexec", bodies=False)


def test_a_sound_site_has_nothing_wrong(hosted: Hosted) -> None:
    assert hosted.findings("suexec") == []
    assert hosted.status("suexec", "/guestbook") == 200


@pytest.mark.parametrize("fault", BREAKS)
def test_a_page_that_is_broken(hosted: Hosted, fault: str) -> None:
    name, in_log, spoil = BREAKS[fault]
    with hosted.as_it_was(PAGE) as path:
        spoil(path)
        before = logs(hosted)
        assert hosted.status("suexec", "/guestbook") in (404, 500)
        new = "".join(log[len(old):] for log, old in zip(logs(hosted), before))
        assert names(hosted) == [name]
    told = [each.name for each in serverlog.causes(new.splitlines())]
    assert in_log in told if in_log else not told, new


def test_the_first_page_is_no_finding_of_its_own(hosted: Hosted) -> None:
    with hosted.as_it_was("cgi-bin/index.py") as path:
        edited(b"\n", b"\r\n")(path)
        assert hosted.status("suexec", "/") == 500
        assert names(hosted) == ["script-line-ends"]


def test_a_page_that_hides_a_module(hosted: Hosted) -> None:
    with hosted.as_it_was("cgi-bin/calendar.py", PAGE) as path:
        shutil.copy(hosted.root / PAGE, path)
        shutil.chown(path, "nobody", "nogroup")
        path.chmod(0o755)
        assert names(hosted) == ["script-name"]


def test_modules_that_nobody_keeps_compiled(hosted: Hosted) -> None:
    """Those of lib/ belong to somebody else, and were never compiled."""
    forget_bytecode(hosted.root)
    for folder in ("lib/chapbook", "lib/collection"):
        shutil.chown(hosted.root / folder, "root")
    try:
        assert names(hosted) == ["bytecode-unkept"]
    finally:
        for folder in ("lib/chapbook", "lib/collection"):
            shutil.chown(hosted.root / folder, "nobody")


def test_a_folder_that_cannot_be_written(hosted: Hosted) -> None:
    folder = hosted.root / "var/log"
    folder.chmod(0o500)
    try:
        assert names(hosted) == ["var-unwritable"]
    finally:
        folder.chmod(0o700)


def test_a_database_of_another_user(hosted: Hosted) -> None:
    found = (hosted.root / "var/site.sqlite").stat()
    shutil.chown(hosted.root / "var/site.sqlite", "root")
    try:
        assert "wrong-owner" in names(hosted)
    finally:
        os.chown(hosted.root / "var/site.sqlite", found.st_uid, found.st_gid)


def test_the_site_is_sound_again(hosted: Hosted) -> None:
    assert hosted.findings("suexec") == []
