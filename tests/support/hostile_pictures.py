"""Files that pretend to be pictures, or are pictures that hurt: each by name, made here."""
from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def png(width: int, height: int, rows: int, *chunks: bytes) -> bytes:
    """A grey PNG that says so many pixels, and has so many rows of them."""
    raw = zlib.compressobj(9)
    line = b"\0" * (1 + width)
    data = b"".join(raw.compress(line) for _ in range(rows)) + raw.flush()
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + b"".join(chunks) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG."""
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def drawn(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: object
          ) -> bytes:
    """A proper picture: its left half red, its right half blue."""
    image = Image.new(mode, size, "blue" if mode == "RGB" else None)
    if mode == "RGB":
        image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **how)              # type: ignore[arg-type]
    return out.getvalue()


def animated(frames: int) -> bytes:
    """A GIF of so many pictures, written by hand: Pillow would take long."""
    head = b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0) + b"\xff\0\0\0\0\xff"
    frame = (b"\x21\xf9\x04\x00\x01\x00\x00\x00" b"\x2c" + struct.pack("<HHHHB", 0, 0, 2, 2, 0)
             + b"\x02\x02\x84\x51\x00")
    return head + frame * frames + b";"


def of_scans(count: int) -> bytes:
    """A JPEG that says its last scan so many times more: each costs a walk over all its pixels."""
    whole = drawn("JPEG", (64, 64), progressive=True)
    last = whole[whole.rindex(b"\xff\xda"):-2]
    return whole[:-2] + last * count + whole[-2:]


def of_tags(count: int) -> bytes:
    """A PNG whose EXIF has so many tags, each of which points beyond its end."""
    tags = b"".join(struct.pack(">HHLL", 1000 + number, 7, 1 << 30, 8) for number in range(count))
    exif = b"MM\x00\x2a\x00\x00\x00\x08" + struct.pack(">H", count) + tags + bytes(4)
    return png(8, 8, 8, chunk(b"eXIf", exif))


# What is refused.
REFUSED = {
    "a jpeg of very many scans": of_scans(100),
    "html": HTML, "svg": SVG, "text": b"hello", "nothing much": b"\0",
    "html named a gif": b"GIF89a" + HTML, "a bmp": drawn("BMP"), "a tiff": drawn("TIFF"),
    "a pdf": b"%PDF-1.7\n" + HTML, "an icon": drawn("ICO"), "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "a truncated png": drawn()[:60], "a truncated jpeg": drawn("JPEG", (400, 300))[:600],
    "a truncated webp": drawn("WEBP")[:30], "a truncated gif": drawn("GIF")[:20],
    "30,000 times 30,000 that are not there": png(30_000, 30_000, 1),
    "a bomb of 25 million": png(5_000, 5_001, 1),
    "a bomb in one row": png(200_000_000, 1, 1)[:5000],
    "no pixel at all": png(0, 0, 1),
    "two billion wide": png(1, 1, 1).replace(struct.pack(">II", 1, 1),
                                             struct.pack(">II", 2**31 - 1, 2**31 - 1)),
    "a gif whose screen is huge": b"GIF89a\xff\xff\xff\xff\x80\0\0" + animated(1)[13:],
}

# What is a picture besides all else that it is; only the picture is kept.
POLYGLOTS = {
    "html behind a png": drawn() + HTML,
    "html in a comment of a gif": drawn("GIF", comment=HTML),
    "html in a comment of a jpeg": drawn("JPEG", comment=HTML),
    "html in a text of a png": png(30, 30, 30, chunk(b"tEXt", b"Comment\0" + HTML)),
    "php in the exif of a jpeg": drawn("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0" + HTML),
    "an icc profile that is none": drawn("PNG", icc_profile=HTML),
    "a gif with 10,000 pictures": animated(10_000),
    "fewer rows than it says": png(100, 100, 3),
    "a zip behind a jpeg": drawn("JPEG") + b"PK\x03\x04" + HTML,
    "script in the xmp of a webp": drawn("WEBP", xmp=HTML),
}
