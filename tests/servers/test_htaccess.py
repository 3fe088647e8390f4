"""Hosts that differ in what they let an .htaccess say, and what of a site is left then."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chapbook.cli.apache import Apache
from chapbook.hosting import htaccess

from tests.servers.conftest import SETTINGS
from tests.support.gateways.base import Gateway
from tests.support.gateways.htaccess import HostGateway, drop_stub, split
from tests.support.gateways.suexec import Suexec
from tests.support.sites import Site

HOST = """
DocumentRoot "{top}"
TraceEnable off
<Directory "{top}">
    Options FollowSymLinks ExecCGI Indexes MultiViews
    AllowOverride ALLOWED
    Require all granted
</Directory>
"""
ALIAS = """
ScriptAlias "/cgi-bin/" "{top}/cgi-bin/"
"""
USERDIR = """
LoadModule userdir_module "/usr/lib/apache2/modules/mod_userdir.so"
UserDir "{homes}/*/public_html"
<Directory "{homes}">
    Options SymLinksIfOwnerMatch
    AllowOverride FileInfo Options
    Require all granted
</Directory>
"""
PRIVATE = ("lib/chapbook/defaults.ini", "lib/chapbook/page.py", "templates/base.html",
           "apache/chapbook.conf", "apache/types.conf", "var/site.sqlite", "vendor/x/y.py",
           "cgi-bin/echo.py.bak", "cgi-bin/notes.txt")
AT_THE_TOP = ("site.ini", "host.ini", "manifest.json", "install-code-abc.txt", ".htaccess")


@pytest.fixture
def own(apache_here: None) -> Iterator[Site]:
    """A site that a test may spoil."""
    made = Site(SETTINGS)
    yield made
    made.remove()


@contextmanager
def served(
    site: Site, top: Path, allowed: str, more: str = "", make: Callable[..., Apache] = Apache,
) -> Iterator[Gateway]:
    """The folder as a host's document root, on which .htaccess may override so much."""
    gateway = HostGateway("host", site, HOST.replace("ALLOWED", allowed) + more, make, top=top)
    try:
        yield gateway
    finally:
        gateway.stop()


def is_a_site(gateway: Gateway, below: str = "") -> None:
    """Whether pages, files and refusals are what they are elsewhere."""
    seen = gateway.get(f"{below}/echo/%C3%A9/a%20b?c=1").json
    assert (seen["path_info"], seen["root"]) == ("/é/a b", below)
    assert gateway.get(seen["url"]).json["url"] == seen["url"]
    assert gateway.get(f"{below}/cgi-bin/echo.py/x").json["path_info"] == "/x"
    style = gateway.get(seen["static"])
    assert (style.status, style["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert style["Cache-Control"] == "public, max-age=31536000, immutable"
    assert style["X-Content-Type-Options"] == "nosniff"
    assert gateway.post(f"{below}/style.css", b"a=1").status == 405
    assert gateway.ask("OPTIONS", f"{below}/style.css").status == 204
    assert gateway.post(f"{below}/echo", b"a=%C3%A9").json["form"] == [["a", "é"]]
    assert gateway.get(f"{below}/").status == 200
    assert gateway.post(f"{below}/answers/again", b"").status == 303
    for target in ("/nothing", "/cgi-bin/nothing.py", "/cgi-bin/", "/_refused/sound", "/.htaccess",
                   "/_refused/file", "/cgi-bin/chapbook.py", "/cgi-bin/chapbook.py/echo",
                   "/cgi-bin/chapbook.py/_refused/sound"):
        answer = gateway.get(below + target)
        assert answer.status == 404 and b'<p class="status">404</p>' in answer.body, target


@pytest.mark.parametrize("allowed, options, more", [
    ("All", True, ""), ("FileInfo Options", True, ""), ("FileInfo", False, ALIAS),
    ("FileInfo Nonfatal=Override", True, ""),
], ids=["all", "without AuthConfig", "without Options", "what is refused is passed over"])
def test_a_site_above_its_public_folder(
    own: Site, allowed: str, options: bool, more: str
) -> None:
    public = split(own, options=options, handler=options)
    with served(own, public, allowed, more) as gateway:
        is_a_site(gateway)
        assert gateway.get("/echo", Authorization="Basic x").json["headers"] == {
            "Authorization": "Basic x"}


@pytest.mark.as_root
def test_a_site_above_its_public_folder_under_suexec_is_closed_to_the_web_server(own: Site) -> None:
    """The server may not even enter the folder: scripts find all that they need as their user."""
    public = split(own)
    own.root.chmod(0o700)
    with served(own, public, "All", make=Suexec) as gateway:
        is_a_site(gateway)
        assert gateway.get("/echo", Authorization="Basic x").json["headers"] == {
            "Authorization": "Basic x"}


def test_a_site_in_a_folder_of_the_public_one(own: Site) -> None:
    public = split(own, "public_html/club", below="/club")
    with served(own, public.parent, "FileInfo Options") as gateway:
        is_a_site(gateway, "/club")


def test_a_site_below_a_users_name(own: Site) -> None:
    own.edit("site.ini", "https://site.example", "https://site.example/~ann")
    split(own, "homes/ann/public_html", below="/~ann")
    gateway = HostGateway("userdir", own, USERDIR, homes=own.root.parent / "homes")
    try:
        is_a_site(gateway, "/~ann")
    finally:
        gateway.stop()


def test_rules_lead_to_the_same_where_each_round_begins_anew(own: Site) -> None:
    """[END] is Apache's; another server may take it for [L], and try rules on what they gave."""
    own.drop(".htaccess", htaccess.text("inside").replace("END]", "L]"))
    with served(own, own.root, "All") as gateway:
        is_a_site(gateway)
    public = split(own)
    own.drop("../public_html/.htaccess", htaccess.text("split").replace("END]", "L]"))
    with served(own, public, "All") as gateway:
        is_a_site(gateway)


def test_what_else_is_in_the_public_folder_is_left_alone(own: Site) -> None:
    """Certificates are fetched with a file of the host's; other programs are the host's to run."""
    public = split(own)
    own.drop("../public_html/.well-known/acme-challenge/to-ken_1", "mine")
    own.drop("../public_html/.well-known/notes", "not mine")
    own.drop("../public_html/blog/index.php", "<?php echo 'blog';")
    own.drop("../public_html/blog/.htaccess", "RewriteEngine Off\n")
    own.drop("../public_html/error_log", "PHP Notice: in /home/ann/public_html/blog")
    program = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\ncounted %s' \"$PATH_INFO\"\n"
    own.drop("../public_html/cgi-bin/count.pl", program, 0o755)
    own.drop("../public_html/cgi-bin/count.txt", "not a program")
    with served(own, public, "All", ALIAS) as gateway:
        assert gateway.get("/cgi-bin/count.pl/x?a=1").text == "counted /x"
        for target in ("/cgi-bin/count.txt", "/cgi-bin/none.pl", "/cgi-bin/chapbook.py/x",
                       "/error_log"):
            assert gateway.get(target).status == 404, target
        assert gateway.get("/.well-known/acme-challenge/to-ken_1").text == "mine"
        assert gateway.get("/.well-known/acme-challenge/none").status == 404
        assert gateway.get("/.well-known/notes").status == 404
        assert gateway.get("/blog/index.php")["Content-Type"] != "application/octet-stream"


def test_a_stub_that_leads_nowhere_says_so_and_not_where_it_is(own: Site) -> None:
    public = split(own)
    drop_stub(own, "../public_html/cgi-bin/chapbook.py", "../../nowhere")
    with served(own, public, "All") as gateway:
        answer = gateway.get("/echo")
        assert answer.status == 500 and "the line SITE = ..." in answer.text
        assert "nowhere" not in answer.text and str(public) not in answer.text


def test_no_file_beside_the_stub_hides_a_module(own: Site) -> None:
    public = split(own)
    for name in ("os", "calendar", "json", "chapbook"):
        own.drop(f"../public_html/cgi-bin/{name}.py", "raise SystemExit('this one')\n")
    drop_stub(own, "../public_html/cgi-bin/chapbook.py", "../../my site")
    with served(own, public, "All") as gateway:
        assert gateway.get("/echo").status == 200


def inside(own: Site, **allowed: bool) -> str:
    """Lay the whole tree into the document root; the text of its .htaccess."""
    own.drop("vendor/x/y.py", "private")
    for name in ("host.ini", "manifest.json", "install-code-abc.txt"):
        own.drop(name, "")
    own.drop("cgi-bin/echo.py.bak", "private", 0o755)
    own.drop("cgi-bin/notes.txt", "private")
    text = htaccess.text("inside", **allowed)       # type: ignore[arg-type]
    own.drop(".htaccess", text)
    for name, lock in htaccess.locks().items():
        own.drop(name, lock)
    own.drop("cgi-bin/echo.py", own.path("cgi-bin/echo.py").read_text("utf-8"), 0o755)
    return text


def had(gateway: Gateway, names: tuple[str, ...]) -> list[str]:
    """Which of these files a visitor gets."""
    return [name for name in names if gateway.get("/" + name).status == 200]


def test_each_private_folder_is_locked_twice_and_each_lock_alone_holds(own: Site) -> None:
    whole = inside(own)
    with served(own, own.root, "All") as gateway:
        is_a_site(gateway)
        assert had(gateway, PRIVATE + AT_THE_TOP) == []
        for name in htaccess.locks():               # the second lock is lost
            own.path(name).rename(own.path(name + "-lost"))
        assert had(gateway, PRIVATE + AT_THE_TOP) == []
        is_a_site(gateway)
        for name in htaccess.locks():               # the first lock is
            own.path(name + "-lost").rename(own.path(name))
        own.drop(".htaccess", "\n".join(
            line for line in whole.splitlines() if not line.startswith("Rewrite")))
        assert had(gateway, PRIVATE + AT_THE_TOP) == []
        assert b"import" not in gateway.get("/cgi-bin/echo.py").body
        for name in htaccess.locks():               # without both, all of it could be had
            own.path(name).unlink()
        own.path(".htaccess").unlink()
        assert {"lib/chapbook/page.py", "templates/base.html"} < set(had(gateway, PRIVATE))


def test_locks_hold_where_a_host_does_not_let_them_say_so(own: Site) -> None:
    """Without AuthConfig, "Require all denied" is an error, and an error gives nothing away."""
    inside(own)
    with served(own, own.root, "FileInfo Options") as gateway:
        is_a_site(gateway)
        assert had(gateway, PRIVATE + AT_THE_TOP) == []
        own.drop(".htaccess", "")
        assert had(gateway, ("lib/chapbook/page.py", "templates/base.html", "var/site.sqlite",
                             "apache/chapbook.conf", "cgi-bin/notes.txt")) == []


def test_without_leave_for_rules_nothing_is_given_away(own: Site) -> None:
    inside(own)
    with served(own, own.root, "Options") as gateway:
        assert had(gateway, (*PRIVATE, *AT_THE_TOP, "", "echo")) == []


@pytest.mark.parametrize("way, seen", [("CGIPassAuth", {"Authorization": "Basic x"}), ("", {})])
def test_authorization_goes_the_way_that_the_host_allows(
    own: Site, way: str, seen: dict[str, str]
) -> None:
    public = split(own, authorization=way)
    with served(own, public, "AuthConfig FileInfo Options") as gateway:
        assert gateway.get("/echo", Authorization="Basic x").json["headers"] == seen


def test_folders_of_the_tree_have_the_locks_that_are_made() -> None:
    from tests.support.sites import TREE

    assert (TREE / "apache/htaccess").read_text("utf-8") == htaccess.text("inside")
    for name, text in htaccess.locks().items():
        if not name.startswith(("var/", "vendor/")):
            assert (TREE / name).read_text("utf-8") == text, name
