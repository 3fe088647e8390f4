"""What of a working tree goes to a host, and how it is changed for it."""
from __future__ import annotations

from pathlib import Path

import pytest

from chapbook.errors import ConfigError
from chapbook.hosting import tree

PYTHON = "/opt/python3.12"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("apache", "cgi-bin", "lib", "templates"):
        (tmp_path / name).mkdir()
    return tmp_path


def write(path: Path, data: bytes = b"#!/usr/bin/env python3\n", mode: int = 0o755) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


@pytest.mark.parametrize(("first", "host"), [
    (b"#!/usr/bin/env python3", b"#!/opt/python3.12"),
    (b"#!/usr/bin/env -S python3 -u", b"#!/opt/python3.12 -u"),
    (b"#! /usr/bin/python3.11", b"#!/opt/python3.12"),
    (b"#!/home/me/.venv/bin/python3 -I", b"#!/opt/python3.12 -I"),
    (b"#!/usr/bin/perl -w", b"#!/usr/bin/perl -w"),
    (b"#!/usr/bin/python2", b"#!/usr/bin/python2"),
    (b"#!/usr/bin/env python3000", b"#!/usr/bin/env python3000"),
    (b"import sys", b"import sys"),
])
def test_scripts_start_with_the_python_of_the_host(first: bytes, host: bytes) -> None:
    assert tree.prepared(first + b"\nx\n", "cgi-bin/a.py", PYTHON) == host + b"\nx\n"


def test_windows_line_ends_and_a_byte_order_mark_go(root: Path) -> None:
    made = tree.prepared(b"\xef\xbb\xbf#!/usr/bin/env python3\r\nx = 1\r\n", "old", PYTHON)
    assert made == b"#!/opt/python3.12\nx = 1\n"


def test_what_is_no_text_stays_as_it_is() -> None:
    data = b"\xef\xbb\xbf\r\n\x00\r\n"
    assert tree.prepared(data, "lib/chapbook/accounts/common.bin", PYTHON) == data


def test_pages_of_ones_own_go_and_what_editors_and_tools_leave_does_not(root: Path) -> None:
    for name in ("cgi-bin/mine.py", "cgi-bin/club/old.pl", "templates/mine.html", "lib/my/mod.py"):
        write(root / name)
    for name in ("cgi-bin/.mine.py.swp", "cgi-bin/mine.py~", "cgi-bin/#mine.py#", "lib/.git/HEAD",
                 "lib/my/__pycache__/mod.cpython-311.pyc", "cgi-bin/mine.py.orig", "apache/stub.py",
                 "templates/.DS_Store", "apache/hosts/mine.ini", "apache/local.conf"):
        write(root / name)
    found = tree.code(str(root), PYTHON)
    assert {name: part.mode for name, part in found.items()} == {
        "cgi-bin/mine.py": "755", "cgi-bin/club/old.pl": "755", "templates/mine.html": "644",
        "lib/my/mod.py": "644"}


def test_a_script_keeps_whether_it_may_be_executed(root: Path) -> None:
    write(root / "cgi-bin/off.py", mode=0o644)
    write(root / "lib/on.py", mode=0o755)
    found = tree.code(str(root), PYTHON)
    assert (found["cgi-bin/off.py"].mode, found["lib/on.py"].mode) == ("644", "644")


def test_a_link_is_refused(root: Path) -> None:
    (root / "cgi-bin/secret.py").symlink_to("/etc/hostname")
    with pytest.raises(ConfigError, match=r"cgi-bin/secret\.py is a link"):
        tree.code(str(root), PYTHON)


def test_static_files_go_as_they_are_without_those_that_are_hidden(tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.png", ".well-known/security.txt"):
        write(tmp_path / name, b"a\r\n")
    for name in (".htaccess", ".git/HEAD", "a.txt~", "Thumbs.db"):
        write(tmp_path / name)
    found = tree.static(str(tmp_path))
    assert {name: (part.mode, part.read()) for name, part in found.items()} == {
        name: ("644", b"a\r\n") for name in ("a.txt", "sub/b.png", ".well-known/security.txt")}
