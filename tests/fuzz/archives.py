"""Targets: the zip files and the rows that a backup or an upgrade is made of."""
from __future__ import annotations

import io
import json as writer
import tempfile
from pathlib import Path

from chapbook import plainjson
from chapbook.archive import Archive, BadArchive, Limits, is_safe
from chapbook.backup import manifest, values
from tests.fuzz.table import target
from tests.support.zips import sums, zipped

GOOD = {"manifest.json": b"{}", "files/uploads/a": b"x" * 400, "d/e.txt": b"y" * 9}
LIST = (b'{"format": 1, "made_at": 1, "version": "1", "release": "", "engine": "sqlite", "steps":'
        b' [["a", 1]], "tables": [{"name": "t", "columns": [["a", "int"]], "next_id": null,'
        b' "rows": 1, "parts": ["tables/t/00001.jsonl"]}], "sums": {"tables/t/00001.jsonl": "'
        + b"0" * 64 + b'"}}')
PLACE = Path(tempfile.gettempdir())


@target(zipped(GOOD), zipped({"../a": b""}), b"PK\5\6" + bytes(18),
        words=(b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"\xff" * 4, b"\xff" * 8,
               b"../", b"\0", bytes(22)), size=4096)
def archive(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=PLACE) as file:
        file.write(data)
        file.flush()
        try:
            with Archive(file.name, Limits(members=50, one=1 << 20, total=4 << 20)) as found:
                assert all(is_safe(name) for name in found.sizes)
                assert sum(found.sizes.values()) <= 4 << 20
                taken = {name: found.read(name, 1 << 20) for name in found.sizes}
                assert {name: len(text) for name, text in taken.items()} == found.sizes
                found.verify(sums(taken))
        except BadArchive as error:
            assert str(error).isprintable() and len(str(error)) < 1000


@target(LIST, LIST.replace(b"1", b"2"), b"[[[[", words=(
    b'"sums"', b'"tables"', b"null", b"[", b"{", b"}", b"]", b'"name"', b"9" * 400, b"\\ud800",
    b'"format": 2', b"-1", b"1.5", b","), size=4096)
def listed(data: bytes) -> None:
    try:
        found = manifest.parse(data)
    except BadArchive as error:
        assert str(error).isprintable() and len(str(error)) < 1000
        return
    assert manifest.parse(found.text()).text() == found.text()


@target(b'[1, "a", {"b": "AP8="}, {"f": "0x1.8p+1"}, null]\n', b'[2, "\\u00e9", null, null, "x"]\n',
        words=(b"[", b"]", b'{"b": "', b'{"f": "', b'"}', b"inf", b"nan", b"0x", b"9" * 30, b"\n",
               b"\\ud83d", b"null", b"-", b"="))
def rows(data: bytes) -> None:
    kinds = ["int", "text", "blob", "real", "any"]
    read, write = values.reader("t", kinds), values.writer("t", kinds)
    pieces = iter(lambda: whole.read(100), b"")
    whole = io.BytesIO(data)
    try:
        for line in values.lines(pieces):
            row = read(line)
            assert read(write(row)[:-1]) == row
    except BadArchive as error:
        assert str(error).isprintable() and len(str(error)) < 1000


@target(b'{"a": [1, -2, "x\\u00e9", null, true]}', b'"\\ud83d\\ude00"', b"[[[[]]]]",
        words=(b"[", b"]", b"{", b"}", b'"', b"\\u0000", b"\\ud800", b",", b":", b"NaN", b"1e9",
               b"9" * 99))
def plain_json(data: bytes) -> None:
    try:
        value = plainjson.parsed(data)
    except ValueError:
        return
    writer.dumps(value, ensure_ascii=False, allow_nan=False).encode()
