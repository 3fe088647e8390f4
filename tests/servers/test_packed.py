"""What ./chapbook pack makes, on more kinds of hosts: mod_userdir, all in one folder, mod_wsgi."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chapbook.cli import apache, environment
from chapbook.cli.apache import Apache
from chapbook.hosting import pack, profiles, writing

from tests.support.gateways import Gateway
from tests.support.sites import GROUP, TREE, USER
from tests.support.wire import Answer

# As Debian has it, and what whoever looks after the machine has to add.
USERDIR = """
LoadModule userdir_module "{modules}/mod_userdir.so"
DocumentRoot "{top}/www"
UserDir "{top}/*/public_html"
<Directory "{top}/*/public_html">
    AllowOverride FileInfo AuthConfig Limit Indexes
    Options MultiViews Indexes SymLinksIfOwnerMatch IncludesNoExec
    Require method GET POST OPTIONS
</Directory>
<Directory "{top}/*/public_html/cgi-bin">
    Options +ExecCGI
    SetHandler cgi-script
</Directory>
"""
INSIDE = """
DocumentRoot "{top}/ann/public_html"
<Directory "{top}/ann/public_html">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
"""


PYTHON = "/usr/bin/python3"


class HostsApache(Apache):
    """A private Apache that serves a folder which is no tree of ours."""

    def _check_readable(self) -> None:
        pass


class Packed(Gateway):
    """A home folder with a packed site in it, brought up by its own command, and its Apache."""

    name = "packed"

    def __init__(self, top: Path, configuration: str | None, profile: profiles.Profile,
                 below: str = "") -> None:
        self.home, self.below = top / "ann", below
        made = pack.packed(str(TREE), str(TREE / "htdocs"), profile, "0.1.0",
                           environment.requirements("serve"), str(top / "work"), below=below)
        writing.write_folder(writing.whole(made, profile.mode), str(self.home))
        self.root = self.home / profile.private
        self.server: Apache
        self.manifest = made.manifest
        (top / "www").mkdir()
        (self.root / "var").mkdir(exist_ok=True)
        self.account = account = dict[str, Any]()
        if os.geteuid() == 0:
            account = {"user": USER, "group": GROUP, "extra_groups": []}
            subprocess.run(["chown", "-R", f"{USER}:{GROUP}", str(self.root / "var")], check=True)
        subprocess.run([str(self.root / "chapbook"), "migrate"], check=True, cwd="/",
                       env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL, **account)
        if configuration is None:                # a server of one's own
            self.server = Apache(str(self.root), "wsgi")
        else:
            self.server = HostsApache(str(self.root), configuration=configuration.format(
                top=top, modules=apache.find()[1]))
        self.server.start()
        self.port = self.server.port

    def get(self, target: str | bytes, **headers: str) -> Answer:
        assert isinstance(target, str)
        return super().get(self.below + target, **headers)

    def stop(self) -> None:
        self.server.stop()


@contextmanager
def served(
    configuration: str | None, profile: profiles.Profile, below: str = "",
) -> Iterator[Packed]:
    """A packed site while it is served, in a folder that the user of the server can enter."""
    top = Path(tempfile.mkdtemp(prefix="chapbook-packed-"))
    try:
        top.chmod(0o755)
        made = Packed(top, configuration, profile, below)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(top)


@pytest.fixture(scope="module")
def userdir(apache_here: None) -> Iterator[Packed]:
    with served(USERDIR, profiles.read(str(TREE), "userdir", python=PYTHON), "/~ann") as made:
        yield made


@pytest.fixture(scope="module")
def inside(apache_here: None) -> Iterator[Packed]:
    with served(INSIDE, profiles.read(str(TREE), "cpanel", python=PYTHON, inside=True)) as made:
        yield made


@pytest.fixture(scope="module")
def vps(apache_here: None) -> Iterator[Packed]:
    with served(None, profiles.read(str(TREE), "vps", python=PYTHON)) as made:
        yield made


def test_a_users_own_folder_has_its_pages_and_its_files(userdir: Packed) -> None:
    page = userdir.get("/")
    assert page.status == 200 and 'href="/~ann/guestbook"' in page.text
    links = set(re.findall(r'(?:href|src)="(/[^"#]+)', page.text))
    assert {"/~ann/style.css"} < {link.partition("?")[0] for link in links}
    assert not [link for link in links if not link.startswith("/~ann/")]
    for target, kind in (("/style.css", "text/css"), ("/booking.html", "text/html"),
                         ("/guestbook/feed", "application/atom+xml")):
        answer = userdir.get(target)
        assert (answer.status, answer["Content-Type"].partition(";")[0]) == (200, kind)
    assert userdir.get("/cgi-bin/").status == userdir.get("/.htaccess").status == 404


def test_a_form_of_a_users_own_folder_can_be_sent(userdir: Packed) -> None:
    sent = userdir.post("/~ann/guestbook", b"name=Ann&message=Hello")
    assert (sent.status, sent["Location"]) == (303, "/~ann/guestbook#entry-1")


def test_where_scripts_may_not_write_the_compiled_modules_came_with_it(userdir: Packed) -> None:
    packed = {name for name in userdir.manifest.files if name.endswith(".pyc")}
    there = {f"private/{path.relative_to(userdir.root)}" for path in userdir.root.rglob("*.pyc")}
    assert packed == there and "private/vendor/jinja2/__pycache__/runtime" in str(packed)


def test_neither_the_folder_nor_the_environment_of_a_process_matters(
    userdir: Packed, tmp_path: Path,
) -> None:
    """As under suexec, which leaves little of the environment; and with what could lead astray."""
    for name in ("json.py", "jinja2.py", "chapbook/__init__.py", "lib/chapbook/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('the wrong one')")
    request = {
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_URI": "/~ann/guestbook/feed", "SCRIPT_NAME": "/~ann/cgi-bin/chapbook.py",
        "PATH_INFO": "/guestbook/feed", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "QUERY_STRING": "",
    }
    stub = userdir.home / "public_html/cgi-bin/chapbook.py"
    answers = set()
    for cwd, environ in (("/", {}), (tmp_path, {"LC_ALL": "C", "HOME": "/nonexistent"}),
                         (stub.parent, {"TZ": "Asia/Tokyo", "LANG": "de_DE", "PATH": "/nowhere"})):
        ran = subprocess.run([str(stub)], cwd=cwd, env=request | environ, capture_output=True,
                             stdin=subprocess.DEVNULL, **userdir.account)
        assert ran.stdout.startswith(b"Status: 200") and not ran.stderr, ran
        answers.add(ran.stdout)
    assert len(answers) == 1


def test_inside_the_public_folder_pages_and_files_answer(inside: Packed) -> None:
    assert inside.get("/").status == inside.get("/guestbook/feed").status == 200
    assert inside.get("/style.css")["Content-Type"].startswith("text/css")


def test_inside_the_public_folder_nothing_else_is_given_out(inside: Packed) -> None:
    """Some files of each folder, and all at the top. Each asks the dispatcher."""
    asked = {(path.relative_to(inside.root).parts[:2], path.suffix): path
             for path in inside.root.rglob("*") if path.is_file() and "vendor" not in path.parts
             and "sqlite-" not in path.suffix}               # SQLite's own, which come and go
    asked[("vendor",), ""] = inside.root / "vendor/jinja2/__init__.py"
    found = []
    for path in asked.values():
        name = path.relative_to(inside.root).as_posix()
        if not name.startswith(("htdocs/", "cgi-bin/")):
            answer = inside.get(f"/{name}")
            if answer.status not in (403, 404) or answer.body == path.read_bytes():
                found.append(name)
    assert found == [] and len(asked) > 20


def test_inside_the_public_folder_each_private_folder_is_locked_once_more(inside: Packed) -> None:
    rules = inside.root / ".htaccess"
    text = rules.read_text()
    rules.write_text("")
    try:
        folders = {path.parent: path for path in inside.root.rglob("*") if path.is_file()
                   and "sqlite-" not in path.suffix
                   and path.relative_to(inside.root).parts[0] not in ("htdocs", "cgi-bin")
                   and path.parent != inside.root}
        given = [str(path) for path in folders.values()
                 if inside.get(f"/{path.relative_to(inside.root).as_posix()}").status < 400]
        assert given == [] and len(folders) > 20
        assert inside.get("/style.css").status == 404           # so that was without the rules
    finally:
        rules.write_text(text)


def test_a_server_of_ones_own_answers_by_mod_wsgi(vps: Packed) -> None:
    assert vps.get("/").status == vps.get("/guestbook/feed").status == 200
    assert vps.get("/style.css")["Content-Type"].startswith("text/css")
    assert vps.get("/host.ini").status == vps.get("/manifest.json").status == 404
    assert vps.manifest.verify(str(vps.root), str(vps.root / "htdocs")) == []
