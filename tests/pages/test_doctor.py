"""The doctor's page: for administrators and for who has the code, with a database or without."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook import passcode, schema
from chapbook.db import connect
from chapbook.doctor import envoy
from chapbook.doctor.place import Place
from chapbook.testing import Answer, Client

from tests.support import people
from tests.support.sites import TREE, Site
from tests.support.sound import SCRIPT, Sound

PAGE = "cgi-bin/guestbook.py"


@pytest.fixture
def sound(tmp_path: Path) -> Sound:
    """A sound site that has the doctor's page, with the code and templates of this tree."""
    made = Sound(tmp_path / "site", {"engine": "sqlite"})
    for name in ("lib", "templates"):
        shutil.rmtree(made.root / name)
        (made.root / name).symlink_to(TREE / name)
    (made.root / "cgi-bin/doctor.py").symlink_to(TREE / "cgi-bin/doctor.py")
    with connect(made.config) as db:
        schema.bring_up(db, made.config)
    return made


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of the tests is no server: an edit of the tree meanwhile is no finding."""
    monkeypatch.setattr(envoy, "stale", lambda: iter(()))


def stranger(sound: Sound) -> Client:
    """Somebody who is not signed in and has no code; the settings as far as they can be read."""
    return Client(None, Place(str(sound.root)).config)


def owner(sound: Sound) -> Client:
    """Somebody who has read the code in its file."""
    client = stranger(sound)
    assert client.post("/doctor/code", do="file").status == 303
    [file] = sound.root.glob("install-code-*.txt")
    answer = client.post("/doctor/code", code=file.read_text("utf-8").partition("\n")[0])
    assert answer.status == 303 and answer["Location"].endswith("/doctor")
    return client


def found(answer: Answer) -> list[str]:
    """The names of the findings that a page shows."""
    assert answer.status == 200, answer.text
    return re.findall(r"</span> <b>([a-z-]+)</b>", answer.text)


def test_a_stranger_is_asked_for_the_code(sound: Sound) -> None:
    client = stranger(sound)
    answer = client.get("/doctor")
    assert answer.status == 303 and answer["Location"].endswith("/doctor/code")
    assert "Write the file with the code" in client.get("/doctor/code").text
    assert client.post("/doctor", mend="script-mode").status == 403


def test_a_wrong_code_lets_nobody_in(sound: Sound) -> None:
    client = stranger(sound)
    client.post("/doctor/code", do="file")
    answer = client.post("/doctor/code", code="abcd-efgh-jkmn-pqrs-tuvw-xyz2")
    assert answer.status == 422 and "This is not the code" in answer.text
    assert client.get("/doctor").status == 303


@pytest.mark.parametrize(("role", "status", "sent"), [
    ("administrator", 200, 200), ("editor", 303, 403), ("member", 303, 403)])
def test_administrators_need_no_code(sound: Sound, role: str, status: int, sent: int) -> None:
    known = people.People(lambda: Client(None, sound.config), sound.config)
    assert known.client(role).get("/doctor").status == status
    (sound.root / PAGE).chmod(0o644)
    assert known.client(role).post("/doctor", mend="script-mode").status == sent
    assert ((sound.root / PAGE).stat().st_mode & 0o777 == 0o755) == (sent == 200)


def test_a_sound_site_has_nothing_wrong(sound: Sound) -> None:
    # The file with the code is there now, and the doctor does not mind.
    assert found(owner(sound).get("/doctor")) == []


def test_a_fault_is_mended_by_its_button(sound: Sound) -> None:
    client = owner(sound)
    path = sound.write(PAGE, SCRIPT.replace("\n", "\r\n").encode(), 0o755)
    assert found(client.get("/doctor")) == ["script-line-ends"]
    assert path.read_bytes().count(b"\r\n")                      # looking changes nothing
    answer = client.post("/doctor", mend="script-line-ends")
    assert f"Done: {PAGE}." in answer.text and found(answer) == []
    assert path.read_text("utf-8") == SCRIPT


def test_what_is_not_offered_cannot_be_asked_for(sound: Sound) -> None:
    client = owner(sound)
    (sound.root / PAGE).chmod(0o644)
    for name in ("script-line-ends", "nothing-like-that", ""):
        assert client.post("/doctor", mend=name).status == 422
    assert (sound.root / PAGE).stat().st_mode & 0o777 == 0o644


def test_it_works_without_a_database(sound: Sound) -> None:
    (sound.root / "var/site.sqlite").unlink()
    client = owner(sound)
    assert found(client.get("/doctor")) == ["migrations-pending"]
    assert not (sound.root / "var/site.sqlite").exists()         # it did not make one


def test_it_works_without_a_database_server_and_keeps_the_password(sound: Sound) -> None:
    sound.settings(database={"engine": "mysql", "host": "127.0.0.1", "port": "1", "name": "club",
                             "user": "club", "password": "correct horse"})
    client = owner(sound)
    answer = client.get("/doctor")
    assert found(answer) == ["mysql-host"]
    assert "correct horse" not in answer.text


def test_it_works_with_settings_that_nobody_can_read(sound: Sound) -> None:
    sound.write("site.ini", b"[mail]\npassword = correct horse\nnonsense\n")
    answer = owner(sound).get("/doctor")
    assert "settings-broken" in found(answer) and "correct horse" not in answer.text


def test_it_works_where_the_secret_is_damaged(sound: Sound) -> None:
    sound.write("var/secret", b"short")
    assert found(owner(sound).get("/doctor")) == ["secret-damaged"]


def test_when_the_hour_is_over_nothing_is_changed(sound: Sound) -> None:
    client = owner(sound)
    (sound.root / PAGE).chmod(0o644)
    passcode.forget(sound.config)
    assert client.post("/doctor", mend="script-mode").status == 403
    assert client.get("/doctor").status == 303


def test_nobody_keeps_the_page(sound: Sound) -> None:
    client = owner(sound)
    assert client.get("/doctor")["Cache-Control"] == "no-store"


def test_another_site_cannot_press_its_buttons(sound: Sound) -> None:
    client = owner(sound)
    (sound.root / PAGE).chmod(0o644)
    answer = client.request("POST", "/doctor", b"mend=script-mode",
                            "application/x-www-form-urlencoded",
                            headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert (sound.root / PAGE).stat().st_mode & 0o777 == 0o644


def test_it_answers_by_cgi_where_the_settings_are_broken() -> None:
    """As a program with its own environment: no other page answers then."""
    site = Site({"site": {"base_url": "https://club.example"}})
    try:
        site.drop("site.ini", "[site]\nnonsense\n", 0o600)
        told = subprocess.run(
            [sys.executable, str(site.root / "cgi-bin/doctor.py")], cwd="/", check=True,
            capture_output=True, env={
                "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH": os.defpath,
                "SCRIPT_NAME": "/doctor", "PATH_INFO": "/code", "SERVER_NAME": "club.example",
                "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_PORT": "443", "HTTPS": "on",
                "HTTP_HOST": "club.example", "REQUEST_URI": "/doctor/code"}).stdout.decode()
        assert told.startswith("Status: 200"), told[:500]
        assert "Are these your files?" in told
    finally:
        site.remove()


def test_members_stay_out_when_the_database_comes_back(sound: Sound) -> None:
    with connect(sound.config) as db:
        assert db.value("SELECT COUNT(*) FROM account") == 1
    assert stranger(sound).get("/doctor").status == 303
