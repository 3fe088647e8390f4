"""Upgrades: an administrator looks at a zip, begins an upgrade, goes back; and nobody else does."""
import os
import re
from html import unescape
from pathlib import Path

import pytest

from chapbook.accounts import events
from chapbook.db import connect
from chapbook.upgrade import moves, steps

from tests.support.people import PASSWORD, sign_in
from tests.support.sending import send
from tests.support.upgrades import Upgradable

HOME = "/admin/upgrade"
SHEET = "public/style.css"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A packed site, which is copied for each test."""
    return Upgradable.made(tmp_path_factory.mktemp("packed") / "a site")


@pytest.fixture
def site(people, packed, tmp_path):
    """The site that the pages upgrade: a copy, and not the one that they are loaded from."""
    made = packed.copy(tmp_path / "a site")
    people.config.root = str(made.root)
    return made


@pytest.fixture
def admin(site, ann, people):
    """An administrator with a password, signed in."""
    id = people.add("administrator", "root", PASSWORD)
    client = people.nobody
    sign_in(client, id)
    return client


def looked(admin, site, changes=None, **values):
    """The address of the page of a zip that was sent."""
    path = site.zip(site.root / "made.zip", site.two() if changes is None else changes, **values)
    answer = sent(admin, path.read_bytes())
    assert answer.status == 303, answer.text
    return answer["Location"]


def sent(admin, data):
    token = re.search(r'name="_once" value="([^"]+)"', admin.get(HOME).text)
    return admin.post(HOME, files={"zip": ("two.zip", data)}, _once=token[1] if token else "")


def begun(admin, url, **fields):
    seen = re.search(r'name="seen" value="(\w+)"', admin.get(url).text)
    return send(admin, url, **{"own_password": PASSWORD, "seen": seen[1], **fields})


def test_a_zip_is_sent_looked_at_and_begun_with(admin, site):
    page = admin.get(HOME).text
    assert "<b>0.1.0</b>" in page
    url = looked(admin, site)
    page = admin.get(url).text
    assert "Upgrade to 0.2.0?" in page and "It changes 8 files" in page and "removes 1" in page
    before = site.state()
    answer = begun(admin, url)
    assert (answer.status, answer["Location"]) == (303, HOME)
    assert site.stage == "closed" and site.state() == before
    cookie = next(value for name, value in answer.headers if name == "Set-Cookie"
                  and moves.COOKIE in value)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    token = re.search(r"=([0-9a-f]{32});", cookie)[1]
    assert moves.is_begun_by(str(site.root), f"a=b; {moves.COOKIE}={token}")
    assert not moves.is_begun_by(str(site.root), f"{moves.COOKIE}={token[::-1]}")
    with connect(admin.config) as db:
        latest = events.latest(db, most=1)[0]
    assert (latest.what, latest.about[:5]) == ("upgrade begun", "0.2.0")


def test_nobody_else_may(people, site):
    for role in ("nobody", "member", "editor"):
        assert getattr(people, role).get(HOME).status in (303, 403, 404)


def test_without_the_own_password_nothing_is_begun(admin, site):
    url = looked(admin, site)
    assert begun(admin, url, own_password="another one").status == 422
    assert site.stage == ""


def test_a_site_that_was_not_packed_says_what_to_do(admin, site):
    (site.root / "manifest.json").unlink()
    page = unescape(admin.get(HOME).text)
    assert "This site has no manifest.json" in page and 'name="zip"' not in page


def test_what_does_not_fit_is_said_and_cannot_be_begun(admin, site):
    page = admin.get(looked(admin, site, since="0123456789abcdef")).text
    assert "This does not fit" in page and "made for sites that have the release" in page
    assert "Upgrade now" not in page


def test_a_file_that_is_no_zip_is_refused_at_its_field(admin, site):
    answer = sent(admin, b"PK no zip")
    assert answer.status == 422 and "no zip file, or it is damaged" in answer.text
    assert not list((site.root / "var/upgrade").glob("*.zip"))


def test_files_that_were_edited_are_shown_and_stay_unless_they_are_ticked(admin, site):
    for name in (SHEET, "public/robots.txt"):
        site.write(name, b"/* mine */")
    url = looked(admin, site, {SHEET: b"/* new */", "public/robots.txt": b"# new"})
    page = admin.get(url).text
    assert page.count("You have edited it.") == 2
    assert begun(admin, url, replace=SHEET).status == 303
    steps.drive(admin.config, "placed")
    assert (site.read(SHEET), site.read(SHEET + ".mine")) == (b"/* new */", b"/* mine */")
    assert (site.read("public/robots.txt"), site.read("public/robots.txt.new")) == (
        b"/* mine */", b"# new")


def test_an_edit_after_the_look_is_seen(admin, site):
    url = looked(admin, site, {SHEET: b"/* new */"})
    admin.get(url)
    site.write(SHEET, b"/* mine */")
    answer = admin.post(url, own_password=PASSWORD, backup="yes", seen="0" * 16)
    assert answer.status >= 400 and site.stage == ""


def test_zips_can_be_allowed_by_ftp_alone(admin, site, people):
    people.config.upgrade.upload = False
    page = admin.get(HOME).text
    assert 'type="file"' not in page and str(site.root / "var/upgrade") in unescape(page)
    site.zip(site.root / "var/upgrade/by ftp.zip", site.two())
    assert "by ftp.zip" in admin.get(HOME).text
    assert "Upgrade to 0.2.0?" in admin.get(HOME + "/zip/by%20ftp.zip").text
    assert admin.post(HOME, files={"zip": ("a.zip", b"PK")}).status >= 400


@pytest.mark.parametrize("name", ["..%2f..%2fa.zip", ".zip", "work", "a.txt", "link.zip"])
def test_no_other_file_is_looked_at(admin, site, name):
    folder = Path(steps.folder(admin.config))
    os.symlink("/etc/passwd", folder / "link.txt")
    assert admin.get(f"{HOME}/zip/{name}").status == 404


def test_there_is_a_way_back(admin, site):
    url = looked(admin, site, {"public/robots.txt": b"# new"})
    before = site.state()
    assert begun(admin, url).status == 303
    steps.drive(admin.config)
    page = admin.get(HOME).text
    assert "The upgrade from 0.1.0 to 0.2.0 is done" in page
    assert site.read("public/robots.txt") == b"# new"
    assert "Go back to 0.1.0?" in admin.get(HOME + "/back").text
    assert send(admin, HOME + "/back").status == 303
    steps.drive(admin.config)
    assert "as it was before the upgrade to 0.2.0" in admin.get(HOME).text
    assert site.state() == before
    assert "Nothing to go back to" in admin.get(HOME + "/back").text
