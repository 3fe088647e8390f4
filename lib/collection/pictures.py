"""The pictures of people: squares of 256 pixels, made anew from whatever was sent.

A file is taken as a picture only where Pillow decodes it as PNG, JPEG, GIF or WebP; what is kept is
drawn from its pixels, and has nothing else of it: no metadata, no second meaning. It lies below
`[paths] uploads`, outside the web root, under a random name. Where Pillow is not installed there
are no pictures.
"""
from __future__ import annotations

import os
import time

from chapbook.accounts import throttle
from chapbook.accounts.turns import turn
from chapbook.body import CHUNK
from chapbook.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from chapbook.config import Config
    from chapbook.db import Database
    from chapbook.fields import Upload

SIDE = 256                    # pixels
MOST_PIXELS = 24_000_000      # as many as a camera's; more would take too much memory
MOST_SCANS = 64               # of a JPEG: programs make a dozen, and each is a walk over all pixels
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
TYPES = {"png": "image/png", "jpg": "image/jpeg"}
SENT = throttle.Limit("picture", 10, 60)
ORPHANS_AFTER = 86_400        # seconds: a file that is made now has no row yet

# Cameras lie on their side and say so (EXIF): the values of tag 274, and what is to be done.
_ORIENTATION = 274
_TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
          6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}
_HEX = frozenset("0123456789abcdef")


class BadPicture(ValueError):
    """A file that is no picture, or one that is too large; the message says so to who sent it."""


def wait(db: Database, account_id: int) -> int:
    """0, or the seconds until somebody may send a picture again; the try is counted and stays so,
    as long as the caller has not begun to write."""
    with throttle.apart(db) as own:
        return throttle.spend(own, [(SENT, str(account_id))])


def available() -> bool:
    """Whether Pillow is there."""
    from importlib.util import find_spec

    return find_spec("PIL") is not None


def made(config: Config, file: BinaryIO) -> tuple[bytes, str]:
    """A square of 256 pixels out of the middle of a picture, and the ending for its file.

    JPEG, or PNG where parts of it can be seen through; of an animation its first picture.
    BadPicture for what is none, Unavailable where too many are made at this moment.
    """
    with turn(config, what="drawing",
              busy="Many pictures come in at this moment. Please try again in a moment."):
        return _made(file)


def _made(file: BinaryIO) -> tuple[bytes, str]:
    import warnings

    from PIL import Image

    # It warns of each of the 65,535 tags that a file may say nonsense in: megabytes in the log of
    # the server, and in the memory of a process that stays.
    warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(image.size)
            if image.format == "JPEG":
                _check_scans(file)
                # Decoded to about the size that is needed.
                image.draft("RGB", (2 * SIDE, 2 * SIDE))
            return _drawn(image)
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:                # a decoder that is lied to raises whatever it likes
        raise BadPicture(
            "This file cannot be read as a picture. Please choose a PNG, JPEG, GIF or WebP file."
        ) from error


def _check_size(size: tuple[int, int]) -> None:
    if min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise _too_large()


def _check_scans(file: BinaryIO) -> None:
    """BadPicture for a file that could keep the decoder busy for hours with a few megabytes."""
    place, count, last = file.tell(), 0, b""
    file.seek(0)
    while part := file.read(CHUNK):
        count += (last + part).count(b"\xff\xda")
        last = part[-1:]
    file.seek(place)
    if count > MOST_SCANS:
        raise BadPicture("This picture is put together in too many steps. Please save it as an "
                         "ordinary JPEG, and send that.")


def _too_large() -> BadPicture:
    return BadPicture(f"This picture has too many pixels: {MOST_PIXELS // 1_000_000} million are "
                      "the most. Please make it smaller, and send it again.")


def _drawn(image: Any) -> tuple[bytes, str]:
    import io

    from PIL import Image

    turned = _TURNS.get(_orientation(image))
    image.load()
    _check_size(image.size)
    clear = image.has_transparency_data
    wanted = "RGBA" if clear else "RGB"
    if image.mode != wanted:
        image = image.convert(wanted)
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    square = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS,
                          box=(left, top, left + side, top + side), reducing_gap=3.0)
    if turned is not None:
        square = square.transpose(Image.Transpose[turned])
    bare = Image.new(wanted, square.size)
    bare.paste(square)                        # the pixels, and nothing that was said of them
    out = io.BytesIO()
    if clear:
        bare.save(out, "PNG", optimize=True)
        return out.getvalue(), "png"
    bare.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue(), "jpg"


def _orientation(image: Any) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:                         # what is said of a picture may be broken
        return 1


def folder(config: Config) -> str:
    """The folder of the pictures."""
    return config.path(config.paths.uploads, "pictures")


def is_name(name: str) -> bool:
    """Whether this could be the name of a picture here."""
    stem, _, ending = name.partition(".")
    return len(stem) == 32 and _HEX.issuperset(stem) and ending in TYPES


def path_of(config: Config, name: str) -> str:
    """Where the picture of this name lies; ValueError for what is no such name."""
    if not is_name(name):
        raise ValueError(f"{name!r} is no name of a picture")
    return os.path.join(folder(config), name)


def keep(config: Config, upload: Upload, data: bytes, ending: str) -> str:
    """Keep what was made of an upload; its random name. It goes when the writes are undone.

    Unavailable where the disk is full, or the folder somebody else's.
    """
    name = f"{os.urandom(16).hex()}.{ending}"
    try:
        os.makedirs(folder(config), mode=0o700, exist_ok=True)
        upload.save(path_of(config, name), data)
    except OSError as error:
        raise Unavailable(
            "The picture could not be stored. Please try again later.",
            detail=f"{folder(config)} cannot take a picture: {error}",
        ) from error
    return name


def is_somebodys(db: Database, name: str) -> bool:
    """Whether an account has this picture."""
    return is_name(name) and bool(db.value(
        "SELECT COUNT(*) FROM account WHERE picture = :name", name=name))


def remove(config: Config, name: str) -> None:
    """Remove a picture, "" for none; one that is gone already, or cannot be removed, is let be.

    What stays although no account has it is found by `remove_orphans`.
    """
    if is_name(name):
        try:
            os.unlink(path_of(config, name))
        except OSError:
            pass


def remove_orphans(db: Database, config: Config, now: int | None = None) -> int:
    """Delete pictures that are nobody's, such as those of a process that was killed; how many."""
    before = (int(time.time()) if now is None else now) - ORPHANS_AFTER
    try:
        with os.scandir(folder(config)) as entries:
            old = [entry.name for entry in entries
                   if entry.is_file(follow_symlinks=False) and is_name(entry.name)
                   and entry.stat(follow_symlinks=False).st_mtime < before]
    except OSError:
        return 0                              # nobody has sent one yet
    orphans = [name for name in old if not is_somebodys(db, name)]
    for name in orphans:
        remove(config, name)
    return len(orphans)
