"""Another user of the same machine reads, changes and plants nothing of what a site keeps."""
from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.sites import GROUP, USER, Site

pytestmark = pytest.mark.as_root
OTHER = "daemon"
PRIVATE = ("site.ini", "var")

# What the other user does: read every file and folder, write into each, plant and replace.
PRY = """
import os, sys
root, private = sys.argv[1], sys.argv[2:]
def tell(what, path):
    if os.path.relpath(path, root).split(os.sep)[0] in private:
        print(what, os.path.relpath(path, root))
def attempt(what, path, work):
    try:
        work()
    except OSError:
        return
    if what == "read":
        tell(what, path)
    else:
        print(what, os.path.relpath(path, root))
def pry(folder):
    attempt("planted", folder, lambda: os.symlink("/etc/passwd", folder + "/planted"))
    attempt("made", folder, lambda: open(folder + "/made", "x").close())
    try:
        names = os.listdir(folder)
    except OSError:
        return
    tell("listed", folder)
    for name in names:
        path = folder + "/" + name
        if os.path.islink(path):
            continue
        if os.path.isdir(path):
            pry(path)
        else:
            attempt("read", path, lambda: open(path, "rb").close())
            attempt("written", path, lambda: open(path, "ab").close())
            attempt("replaced", path, lambda: os.rename(path, path + "~"))
pry(root)
for name in ("var/secret", "var/site.sqlite", "var/log/chapbook.log"):
    path = root + "/" + name
    attempt("read", path, lambda: open(path, "rb").close())
"""


@pytest.fixture(scope="module")
def used() -> Iterator[Site]:
    """A site in a folder that everybody may enter, which has received a form with a file."""
    site = Site({"site": {"title": "Test"}})
    for template in site.path("templates").rglob("*.*"):
        os.utime(template, (1e9, 1e9))            # what is new is not kept compiled
    try:
        as_user(USER, site, "guestbook", None)
        as_user(USER, site, "guestbook", b"name=Ann&place=&message=Hello")
        as_user(USER, site, "guestbook", b"name=%ff")                 # a line in the log
        yield site
    finally:
        site.remove()


def as_user(user: str, site: Site, script: str, sent: bytes | None) -> bytes:
    """The answer of a CGI script that runs as a user with a careless umask."""
    environ = {
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST" if sent else "GET",
        "REQUEST_URI": f"/{script}", "SCRIPT_NAME": f"/{script}", "PATH": os.defpath,
        "CONTENT_LENGTH": str(len(sent or b"")), "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if sent else "",
        "HTTP_COOKIE": "session=x", "HTTP_HOST": "localhost",
    }
    path = site.path(f"cgi-bin/{script}.py")
    return subprocess.run(
        [sys.executable, path], input=sent or b"", capture_output=True, env=environ, user=user,
        group=GROUP, extra_groups=[], umask=0, timeout=60).stdout


def test_what_a_site_keeps_is_its_own(used: Site) -> None:
    kept = [path for path in used.path("var").rglob("*") if path.is_file()]
    assert len(kept) > 3                          # database, secret, log, compiled templates
    for path in (*kept, used.path("site.ini")):
        assert path.stat().st_mode & 0o077 == 0, path
    done = subprocess.run(
        [sys.executable, "-c", PRY, used.root, *PRIVATE], capture_output=True, text=True,
        cwd="/", user=OTHER, group=OTHER, extra_groups=[], timeout=60)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
    assert used.path("cgi-bin/guestbook.py").exists()


def test_somebody_elses_hands_on_the_site_find_neither_its_settings_nor_its_data(
    used: Site
) -> None:
    answer = as_user(OTHER, used, "guestbook", b"name=Eve&place=&message=Hello")
    assert answer.startswith(b"Status: 5") and b"Ann" not in answer
    assert b"Ann" in as_user(USER, used, "guestbook", None)
    assert b"Eve" not in as_user(USER, used, "guestbook", None)


def test_what_somebody_else_has_put_there_is_not_trusted(used: Site) -> None:
    cache, secret = used.path("var/cache"), used.path("var/secret")
    compiled = list(cache.rglob("*.*"))
    assert compiled
    for path in (*compiled, *cache.rglob("*")):
        os.chown(path, 1, 1)
    assert b"Ann" in as_user(USER, used, "guestbook", None)
    os.chown(secret, 1, 1)
    assert as_user(USER, used, "guestbook", None).startswith(b"Status: 5")
    used.give_away()
    assert as_user(USER, used, "guestbook", None).startswith(b"Status: 200")


def test_links_that_lead_out_of_the_site_are_not_written_through(used: Site) -> None:
    victim = used.root.parent / "victim"
    victim.write_text("untouched")
    os.chown(victim, used.root.stat().st_uid, -1)
    for name in ("var/log/chapbook.log", "var/secret"):
        path = used.path(name)
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(victim)
    used.give_away()
    for script in ("guestbook", "index"):
        as_user(USER, used, script, None)
        as_user(USER, used, script, b"x" * 10)
    assert victim.read_text() == "untouched"
