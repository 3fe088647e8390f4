"""Backups: an administrator makes one, takes it away, puts the site back to it, and nobody else."""
import zipfile
from pathlib import Path

import pytest

from chapbook.accounts import events
from chapbook.backup import making, restoring, work
from chapbook.db import connect

from tests.support import backups
from tests.support.people import PASSWORD, sign_in
from tests.support.sending import send

HOME = "/admin/backup"


@pytest.fixture
def admin(ann, people, tmp_path):
    """An administrator with a password, signed in, on a site with folders of its own."""
    backups.settle(people.config, tmp_path / "site")
    id = people.add("administrator", "root", PASSWORD)
    client = people.nobody
    sign_in(client, id)
    return client


def finished(client, url=f"{HOME}/work"):
    """The last of the pages that follow by themselves."""
    for _ in range(20):
        answer = client.get(url)
        if answer.status != 200 or "Refresh" not in dict(answer.headers):
            return answer
        assert answer["Cache-Control"] == "no-store"
    raise AssertionError(answer.text)


def made(client):
    """The name of a backup that was made by the pages."""
    assert send(client, HOME, do="make")["Location"] == f"{HOME}/work"
    assert "The backup is made" in finished(client).text
    return work.kept(client.config)[0].name


def happened(client):
    with connect(client.config) as db:
        return [row.what for row in events.latest(db, most=5)]


def test_a_backup_is_made_by_pages_that_go_on_by_themselves(admin):
    assert "There is no backup here" in admin.get(HOME).text
    name = made(admin)
    assert name in admin.get(HOME).text
    assert happened(admin)[0] == "backup made"
    assert admin.get(f"{HOME}/work")["Location"] == HOME, "nothing is under way any more"


def test_it_is_downloaded_with_the_own_password_alone_and_kept_by_nobody(admin):
    url = f"{HOME}/file/{made(admin)}"
    page = admin.get(url).text
    assert "<dt>Rows</dt>" in page and 'name="own_password"' in page
    assert send(admin, url).status == 422
    assert send(admin, url, own_password="a wrong one 12").status == 422
    answer = send(admin, url, own_password=PASSWORD)
    assert (answer.status, answer["Cache-Control"]) == (200, "no-store")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer.body == Path(work.path_of(admin.config, url.rpartition("/")[2])).read_bytes()
    assert happened(admin)[0] == "backup taken"


def test_the_site_is_put_back_and_everybody_has_to_sign_in(admin, people):
    name = made(admin)
    people.add("member", "later")
    url = f"{HOME}/restore/{name}"
    assert send(admin, url).status == 422
    assert send(admin, url, own_password="a wrong one 12").status == 422
    assert send(admin, url, own_password=PASSWORD)["Location"] == f"{HOME}/work"
    page = finished(admin).text
    assert "The site is back" in page
    with connect(admin.config) as db:
        assert db.value("SELECT COUNT(*) FROM account WHERE address_key = 'later@example.org'") == 0
        assert db.value("SELECT COUNT(*) FROM session") == 0
    assert admin.get(HOME).status == 303
    assert happened(admin)[0] == "backup restored"


def test_a_file_that_was_put_there_by_ftp_is_restored_or_refused_in_a_sentence(admin):
    folder = Path(work.folder(admin.config))
    (folder / made(admin)).rename(folder / "Mine.zip")
    assert "Mine.zip" in admin.get(HOME).text
    (folder / "other.zip").write_bytes(b"no zip")
    page = admin.get(f"{HOME}/file/other.zip").text
    assert "binary mode" in page and "Put the site back" not in page
    with zipfile.ZipFile(folder / "Mine.zip", "a") as file:
        file.writestr("files/uploads/evil", "x")
    send(admin, f"{HOME}/file/Mine.zip", own_password=PASSWORD)      # it is asked once
    assert "into it" in admin.get(f"{HOME}/restore/Mine.zip").text


def test_what_is_found_wrong_later_is_told_and_nothing_is_changed(admin, monkeypatch):
    name = made(admin)
    before = backups.content(admin.config)
    send(admin, f"{HOME}/restore/{name}", own_password=PASSWORD)
    state = work.state(admin.config)
    state["seen"][0] += 1
    work.keep(admin.config, state)
    assert finished(admin)["Location"] == HOME
    page = admin.get(HOME).text
    assert "was not put back" in page and "was changed while" in page
    assert {**backups.content(admin.config), "security_event": 0} == {**before, "security_event": 0}


def test_what_is_under_way_can_be_given_up(admin):
    send(admin, HOME, do="make")
    assert "A backup is being made" in admin.get(HOME).text
    send(admin, HOME, do="leave")
    assert work.state(admin.config) is None
    name = made(admin)
    send(admin, f"{HOME}/restore/{name}", own_password=PASSWORD)
    send(admin, HOME, do="leave")
    assert work.state(admin.config) is None
    assert restoring.recover(admin.config) == ""


def test_two_at_once_are_refused(admin):
    send(admin, HOME, do="make")
    with work.alone(admin.config):
        answer = admin.get(f"{HOME}/work")
    assert answer.status == 409
    assert "The backup is made" in finished(admin).text


def test_a_backup_is_deleted_with_the_own_password(admin):
    url = f"{HOME}/delete/{made(admin)}"
    assert send(admin, url).status == 422
    assert send(admin, url, own_password="a wrong one 12").status == 422
    assert send(admin, url, own_password=PASSWORD)["Location"] == HOME
    assert work.kept(admin.config) == []
    assert happened(admin)[0] == "backup deleted"


def test_a_name_is_never_a_path(admin):
    Path(work.folder(admin.config), "lock").touch()
    for name in ("nix.zip", "..%5Clock", ".zip", "lock", "last.json", "%2e%2e", "a.zip%0a"):
        for what in ("file", "restore", "delete"):
            assert admin.get(f"{HOME}/{what}/{name}").status in (400, 404), (what, name)


def test_nobody_but_an_administrator_may(admin, people):
    making.make(admin.config)
    for path in ("", "/work", "/file/a.zip", "/restore/a.zip", "/delete/a.zip"):
        assert people.editor.get(HOME + path).status == 403
        assert people.nobody.get(HOME + path).status == 303
        answer = people.editor.request(
            "POST", HOME + path, b"", "application/x-www-form-urlencoded",
            headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status in (403, 405)
