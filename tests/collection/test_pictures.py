"""Pictures of people: drawn anew, with nothing of the file but what is to be seen."""
from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import warnings
from functools import partial

import pytest
from PIL import Image

from chapbook.accounts import accounts
from chapbook.accounts.events import SHELL
from chapbook.accounts.turns import turn
from chapbook.db import connect
from chapbook.errors import Unavailable
from chapbook.fields import Upload
from collection import pictures

from tests.support import outbox
from tests.support.hostile_pictures import (
    HTML, POLYGLOTS, REFUSED, drawn, of_scans, of_tags)


@pytest.fixture
def site(database_config, tmp_path):
    """A site with the tables of the toolkit, whose files are below tmp_path."""
    made = outbox.site(tmp_path, database_config)
    vars(made.paths).update(uploads=str(tmp_path / "uploads"), var=str(tmp_path / "var"))
    return made


@pytest.fixture
def bare(sqlite_config, tmp_path):
    """The same without tables, for what asks no database."""
    vars(sqlite_config.paths).update(uploads=str(tmp_path / "uploads"), var=str(tmp_path / "var"))
    return sqlite_config


def made(config, data):
    out, ending = pictures.made(config, io.BytesIO(data))
    with Image.open(io.BytesIO(out)) as image:
        image.load()
    return image, ending, out


def test_what_is_wrong_with_it_fills_no_log_of_the_server(bare):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert made(bare, of_tags(200))[1] == "jpg"
    assert said == []


@pytest.mark.parametrize("more", [0, 20])
def test_a_jpeg_may_come_in_as_many_scans_as_programs_make(bare, more):
    assert made(bare, of_scans(more))[1] == "jpg"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("size", [(40, 30), (30, 900), (1, 1), (2000, 1500)])
def test_each_kind_becomes_a_square_of_its_middle(bare, kind, size):
    image, ending, _ = made(bare, drawn(kind, size))
    assert image.size == (256, 256) and (ending, image.format) == ("jpg", "JPEG")
    if size[0] > size[1]:
        red, _, blue = image.getpixel((40, 128)), None, image.getpixel((216, 128))
        assert red[0] > 200 > 60 > red[2] and blue[2] > 200 > 60 > blue[0]


def test_what_can_be_seen_through_stays_so(bare):
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(out, "PNG")
    image, ending, _ = made(bare, out.getvalue())
    assert (ending, image.mode) == ("png", "RGBA") and image.getpixel((9, 9))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "RGBA"])
def test_every_way_of_keeping_pixels_is_read(bare, mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert made(bare, drawn(kind, (20, 20), mode))[0].size == (256, 256)


@pytest.mark.parametrize(("turn", "corner"), [
    (1, (10, 10)), (2, (245, 10)), (3, (245, 245)), (4, (10, 245)), (5, (10, 10)), (6, (245, 10)),
    (7, (245, 245)), (8, (10, 245)), (99, (10, 10)),
])
def test_what_a_camera_held_sideways_took_stands_upright(bare, turn, corner):
    image = Image.new("RGB", (64, 64), "blue")
    image.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[274] = turn
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    shown = made(bare, out.getvalue())[0]
    assert shown.getpixel(corner)[0] > 150 and not shown.getexif()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_at_once(bare, name):
    began = time.process_time()
    with pytest.raises(pictures.BadPicture) as error:
        pictures.made(bare, io.BytesIO(REFUSED[name]))
    assert str(error.value).startswith("This ") and time.process_time() - began < 2


@pytest.mark.parametrize("name", POLYGLOTS)
def test_of_what_is_two_things_only_the_picture_is_kept(bare, name):
    began = time.process_time()
    _, _, out = made(bare, POLYGLOTS[name])
    assert HTML not in out and b"<script" not in out and b"PK\x03" not in out
    assert len(out) < 20_000 and time.process_time() - began < 2


def test_the_largest_that_is_taken_needs_a_bounded_memory(bare):
    program = (
        "import io, resource, sys\n"
        "from chapbook import config\n"
        "from collection import pictures\n"
        "from PIL import Image\n"
        "out = io.BytesIO()\n"
        "Image.new('RGBA', (6000, 4000), (9, 9, 9, 9)).save(out, 'PNG', compress_level=1)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "pictures._made(out)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n")
    result = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": "lib"},
                            capture_output=True, text=True, check=True)
    assert int(result.stdout) < 256 * 1024    # KiB


def test_two_are_drawn_at_a_time_whoever_signs_in_meanwhile(bare, monkeypatch):
    monkeypatch.setattr(pictures, "turn", partial(turn, patience=0.0))
    with turn(bare), turn(bare), turn(bare, what="drawing"):
        assert pictures.made(bare, io.BytesIO(drawn()))[1] == "jpg"
        with turn(bare, what="drawing"), pytest.raises(Unavailable) as error:
            pictures.made(bare, io.BytesIO(drawn()))
    assert error.value.sentence.startswith("Many pictures come in")


def test_a_file_is_private_has_a_random_name_and_goes_with_the_writes(bare):
    upload = Upload("me.png", "image/png", io.BytesIO(b"x"), 1)
    first, second = (pictures.keep(bare, upload, b"made", "png") for _ in range(2))
    assert first != second and pictures.is_name(first)
    path = pictures.path_of(bare, first)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    with open(path, "rb") as file:
        assert file.read() == b"made"
    upload.undo_saves()
    assert os.listdir(pictures.folder(bare)) == []


def test_a_disk_that_takes_nothing_is_a_503(bare, tmp_path):
    (tmp_path / "uploads").write_text("in the way")
    with pytest.raises(Unavailable):
        pictures.keep(bare, Upload("a", "", io.BytesIO(), 0), b"made", "png")


@pytest.mark.parametrize("name", [
    "", "x", "../site.ini", "0" * 32, "0" * 32 + ".html", "0" * 32 + ".png/..", "G" * 32 + ".png",
    "0" * 31 + ".png", "0" * 32 + ".PNG", "0" * 32 + ".png\n", "0" * 32 + ".png.png",
])
def test_what_is_no_name_of_ours_is_no_path(bare, name):
    assert not pictures.is_name(name)
    with pytest.raises(ValueError):
        pictures.path_of(bare, name)
    pictures.remove(bare, name)


def test_pictures_of_nobody_are_deleted_after_a_day(site):
    upload = Upload("me.png", "image/png", io.BytesIO(b"x"), 1)
    used, stray = (pictures.keep(site, upload, b"made", "jpg") for _ in range(2))
    with connect(site) as db:
        id = db.transact(accounts.create, db, "ann@example.org", "Ann", None, SHELL)
        db.transact(accounts.change_picture, db, id, used, SHELL)
        assert pictures.is_somebodys(db, used) and not pictures.is_somebodys(db, stray)
        assert pictures.remove_orphans(db, site) == 0
        assert pictures.remove_orphans(db, site, int(time.time()) + 90_000) == 1
    assert os.listdir(pictures.folder(site)) == [used]


def test_a_site_that_never_had_one_has_no_strays(site):
    with connect(site) as db:
        assert pictures.remove_orphans(db, site) == 0
