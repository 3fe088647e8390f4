"""Details: name, time zone and picture."""
import io
import os

import pytest
from PIL import Image

from chapbook.accounts import accounts
from chapbook.accounts.events import SHELL
from collection import pictures

from tests.support.hostile_pictures import POLYGLOTS, REFUSED, drawn


def saved(ann, name="Ann", timezone=""):
    return ann.post("details", name=name, timezone=timezone, do="save")


def sent(ann, content, name="me.png"):
    return ann.post("details", files={"picture": (name, content)}, do="picture")


def stored(ann):
    folder = pictures.folder(ann.config)
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def test_name_and_time_zone_are_changed(ann):
    assert saved(ann, "Zoë  Ørsted", "America/Argentina/Buenos_Aires").status == 303
    assert (ann.row.name, ann.row.timezone) == ("Zoë Ørsted", "America/Argentina/Buenos_Aires")
    page = ann.get("details").text
    assert "It is changed." in page and 'value="Zoë Ørsted"' in page
    assert '<option value="America/Argentina/Buenos_Aires" selected>Argentina, Buenos Aires' in page
    assert saved(ann, "Zoë Ørsted", "").status == 303
    assert ann.row.timezone == ""
    assert [what for what, _ in ann.events] == ["account changed"] * 3 + ["account made"]


def test_times_are_shown_in_the_zone_that_was_chosen(ann):
    ann.write(lambda db: db.run("UPDATE account SET created_at = 1782864000 WHERE id = :id",
                                id=ann.id))
    assert "1 July 2026, 0:00" in ann.get("me").text
    saved(ann, timezone="Asia/Kolkata")
    page = ann.get("me").text
    assert '<time datetime="2026-07-01T00:00:00Z">1 July 2026, 5:30</time>' in page
    ann.write(accounts.change_timezone, ann.id, "Gone/Nowhere", SHELL)
    assert "1 July 2026, 0:00" in ann.get("me").text and ann.get("details").status == 200


@pytest.mark.parametrize(("name", "zone", "said"), [
    ("", "", "Name is required"), ("x" * 81, "", "at most 80"),
    ("\u200b\u202e", "", "letters that can be seen"),
    ("Ann", "Europe/Nowhere", "one of the options"), ("Ann", "../etc/passwd", "one of the options"),
])
def test_what_cannot_be_is_refused(ann, name, zone, said):
    answer = saved(ann, name, zone)
    assert answer.status == 422 and said in answer.text
    assert (ann.row.name, ann.row.timezone) == ("Ann", "")


def test_a_name_that_turns_text_around_is_straightened(ann):
    saved(ann, "\u202eAnn\u2069 \u200fSmith")
    assert ann.row.name == "Ann Smith"


def test_nothing_else_of_an_account_can_be_changed_by_it(ann):
    row = dict(ann.row)
    for field in (*row, "password_hash", "totp_secret", "totp_step"):
        if field not in ("name", "timezone"):
            ann.post("details", name="Ann", timezone="", do="save", **{field: "administrator"})
    assert dict(ann.row) == row


def test_a_picture_is_drawn_anew_and_the_one_before_goes(ann):
    assert sent(ann, drawn()).status == 303
    first = ann.row.picture
    assert stored(ann) == [first] and f"/account/picture/{first}" in ann.get("me").text
    assert sent(ann, drawn("GIF"), "x.gif").status == 303
    assert stored(ann) == [ann.row.picture] and ann.row.picture != first
    assert ann.post("details", do="remove").status == 303
    assert stored(ann) == [] and ann.row.picture == ""
    assert "Remove it" not in ann.get("details").text


@pytest.mark.parametrize("name", [
    "html", "svg", "a truncated jpeg", "a bmp", "a bomb of 25 million",
    "30,000 times 30,000 that are not there"])
def test_what_is_no_picture_is_refused_beside_its_field(ann, name):
    answer = sent(ann, REFUSED[name])
    assert answer.status == 422 and 'id="picture-error"' in answer.text
    assert ann.row.picture == "" and stored(ann) == []


@pytest.mark.parametrize(("name", "said"), [("me.html", "picture"), ("me.svg", "picture")])
def test_a_file_of_another_kind_is_refused_by_its_name(ann, name, said):
    answer = sent(ann, drawn(), name)
    assert answer.status == 422 and 'id="picture-error"' in answer.text and stored(ann) == []


def test_nothing_that_the_file_says_of_itself_is_kept(ann):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    assert sent(ann, drawn("JPEG", exif=exif.tobytes()), "../../x.jpg").status == 303
    with open(pictures.path_of(ann.config, ann.row.picture), "rb") as file:
        content = file.read()
    assert b"taken at home" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (256, 256) and not image.getexif()
    assert sent(ann, POLYGLOTS["html behind a png"]).status == 303
    with open(pictures.path_of(ann.config, ann.row.picture), "rb") as file:
        assert b"<script" not in file.read()


@pytest.mark.parametrize("name", [
    "../../../etc/cron.d/x.png", "/etc/passwd.png", "C:\\x.png", "x.php.png", "x.png\r\nX: 1.png",
    ".htaccess.png", "con.png", "x" * 3000 + ".png", "\u202egnp.exe.png", "%00.png", "a/b/../c.png",
])
def test_what_a_file_is_called_goes_into_no_path(ann, name):
    answer = sent(ann, drawn(), name)
    assert answer.status == 303
    assert stored(ann) == [ann.row.picture] and pictures.is_name(ann.row.picture)


def test_a_picture_whose_row_is_not_kept_is_not_kept_either(ann, monkeypatch):
    def refuse(*args):
        raise OSError("the database is away")
    monkeypatch.setattr(accounts, "change_picture", refuse)
    assert sent(ann, drawn()).status == 500
    assert stored(ann) == []


def test_who_sends_many_waits_and_none_is_drawn_meanwhile(ann, monkeypatch):
    for _ in range(10):
        assert sent(ann, b"no picture").status == 422
    monkeypatch.setattr(pictures, "made", None)
    answer = sent(ann, drawn())
    assert answer.status == 422 and "You have sent many. Please wait for 1 min." in answer.text


def test_without_pillow_the_page_says_so_and_has_no_field(ann, monkeypatch):
    monkeypatch.setattr(pictures, "available", lambda: False)
    page = ann.get("details").text
    assert "Pillow" in page and 'type="file"' not in page
    assert sent(ann, drawn()).status in (400, 403, 422)
    assert stored(ann) == [] and saved(ann, "Still Ann").status == 303
