"""Zip files of others: what is wrong with one is a sentence, and nothing of it is used."""
from __future__ import annotations

import os
import random
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from chapbook import plainjson
from chapbook.archive import Archive, BadArchive, Limits, is_safe, shown

from tests.support.zips import SYMLINK, lying, overlapping, sums, zipped

GOOD = {"a.txt": b"some text " * 500, "d/ü/b.bin": bytes(range(256)) * 300, "empty": b""}


@pytest.fixture
def put(tmp_path: Path):
    """A function that writes a file and gives its path."""
    def write(data: bytes) -> str:
        path = tmp_path / "file.zip"
        path.write_bytes(data)
        return str(path)
    return write


def refused(path: str, words: str, limits: Limits | None = None) -> None:
    with pytest.raises(BadArchive, match=words) as caught:
        Archive(path, limits)
    assert len(str(caught.value)) < 600 and str(caught.value).isprintable()


def test_a_good_file_is_read_verified_and_unpacked(put, tmp_path: Path) -> None:
    with Archive(put(zipped(GOOD))) as archive:
        assert archive.sizes == {name: len(data) for name, data in GOOD.items()}
        told: list[str] = []
        archive.verify(sums(GOOD), told.append)
        assert told == sorted(GOOD)
        assert all(archive.read(name, 10**6) == data for name, data in GOOD.items())
        target = tmp_path / "out" / "b.bin"
        archive.extract("d/ü/b.bin", str(target), sums(GOOD)["d/ü/b.bin"])
        assert target.read_bytes() == GOOD["d/ü/b.bin"]
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [
    "../a", "a/../../b", "/etc/passwd", "a//b", "./a", "a/.", "..", "C:/a", "a\\..\\b", "a\nb",
    "a\x1bb", "x" * 256, "/".join(["x" * 100] * 11), "a:b", "a/", "", "\x7f", "\u202ea"])
def test_a_name_that_leads_elsewhere_is_none(name: str) -> None:
    assert not is_safe(name)


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "a\\..\\b", "C:/a", "a//b"])
def test_a_member_that_would_lie_elsewhere_is_refused(put, name: str) -> None:
    refused(put(zipped({"good": b"x", name: b"y"})), "no name for a file")


def test_a_file_that_is_a_folder_too_is_refused_whatever_stands_between(put) -> None:
    for names in (("a", "a/b"), ("a", "a/"), ("a/b", "a/b.c", "a/b!", "a/b/c")):
        refused(put(zipped({name: b"" for name in names})), "is a file and a folder at once")
    Archive(put(zipped({name: b"" for name in ("a/", "a/b", "a.b", "ab/c")}))).close()


def test_a_name_cut_by_a_nul_is_refused(put) -> None:
    data = zipped({"aXevil": b"x"}).replace(b"aXevil", b"a\0evil")
    refused(put(data), "no name for a file")


@pytest.mark.parametrize("mode", [SYMLINK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_a_link_or_a_device_is_refused(put, mode: int) -> None:
    refused(put(zipped({"a": b"/etc/passwd"}, mode)), "link or a device")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(put) -> None:
    refused(put(zipped({"a": b"x", "b": b"y"}, twice="a")), "twice")


def test_a_file_that_is_a_folder_too_is_refused(put) -> None:
    refused(put(zipped({"a": b"x", "a/b": b"y"})), "a file and a folder")


def test_an_encrypted_or_strangely_packed_member_is_refused(put) -> None:
    refused(put(lying(zipped(GOOD), 8, b"\1\0")), "encrypted")
    refused(put(zipped(GOOD, method=zipfile.ZIP_LZMA)), "deflate")


def test_a_bomb_is_refused_by_what_it_would_unfold_to(put) -> None:
    bomb = zipped({f"{number}": bytes(1 << 20) for number in range(4)})
    refused(put(bomb), "fill the disk", Limits(free=1 << 20))
    refused(put(bomb), "4194304 bytes", Limits(total=4 << 20 - 1))
    refused(put(bomb), "the most for one file", Limits(one=1 << 19))


def test_members_that_share_their_bytes_are_refused(put) -> None:
    refused(put(overlapping(200)), "shares its bytes", Limits(ratio=10**9))


def test_too_many_members_are_refused_before_they_are_read(put) -> None:
    path = put(zipped({f"{number}": b"" for number in range(2000)}))
    refused(path, "2000 members", Limits(members=1999))
    tracemalloc.start()
    try:
        refused(path, "members", Limits(members=10))
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()


def test_a_directory_longer_than_its_members_is_refused(put) -> None:
    with zipfile.ZipFile(put(b""), "w") as file:
        info = zipfile.ZipInfo("a")
        info.comment = b"x" * 60_000
        file.writestr(info, b"")
        path = str(file.filename)
    refused(path, "members", Limits(members=10))


def test_a_size_that_is_a_lie_is_noticed(put) -> None:
    long = put(lying(zipped({"a": b"x" * 5000}), 24, (9000).to_bytes(4, "little")))
    with Archive(long) as archive, pytest.raises(BadArchive):
        archive.read("a", 10_000)
    short = put(lying(zipped({"a": b"x" * 5000}), 24, (10).to_bytes(4, "little")))
    with Archive(short) as archive, pytest.raises(BadArchive):
        archive.verify(sums({"a": b"x" * 5000}))


def test_a_file_that_was_cut_off_is_refused_wherever_it_was(put) -> None:
    data = zipped(GOOD)
    for length in range(0, len(data), 7):
        with pytest.raises(BadArchive, match="binary mode"):
            Archive(put(data[:length]))


def test_whatever_byte_is_changed_the_content_is_right_or_refused(put) -> None:
    data, wanted, chance = zipped(GOOD), sums(GOOD), random.Random(4)
    seen = 0
    for _ in range(400):
        at = chance.randrange(len(data))
        path = put(data[:at] + bytes([chance.randrange(256)]) + data[at + 1:])
        try:
            with Archive(path) as archive:
                archive.verify(wanted)
                assert {name: archive.read(name, 10**6) for name in wanted} == GOOD
        except BadArchive:
            seen += 1
    assert seen > 100


def test_a_wrong_check_sum_is_refused_and_leaves_no_file(put, tmp_path: Path) -> None:
    with Archive(put(zipped(GOOD))) as archive:
        wrong = {**sums(GOOD), "a.txt": "0" * 64}
        with pytest.raises(BadArchive, match="check sum"):
            archive.verify(wrong)
        with pytest.raises(BadArchive, match="check sum"):
            archive.extract("a.txt", str(tmp_path / "out"), "0" * 64)
        assert not (tmp_path / "out").exists()


def test_what_is_there_already_is_not_written_to_nor_through(put, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    os.symlink(tmp_path / "mine", tmp_path / "link")
    with Archive(put(zipped(GOOD))) as archive:
        for name in ("mine", "link"):
            with pytest.raises(FileExistsError):
                archive.extract("a.txt", str(tmp_path / name), sums(GOOD)["a.txt"])
    assert (tmp_path / "mine").read_text() == "mine"


def test_members_must_be_those_of_the_list(put) -> None:
    with Archive(put(zipped(GOOD))) as archive:
        with pytest.raises(BadArchive, match="own list does not have"):
            archive.check_names(["a.txt", "empty"])
        with pytest.raises(BadArchive, match="missing in the file"):
            archive.check_names([*GOOD, "more"])
        with pytest.raises(BadArchive, match="'more' is missing"):
            archive.read("more", 10)
        with pytest.raises(BadArchive, match="far larger"):
            archive.read("a.txt", 100)


def test_a_file_that_is_missing_is_the_callers_business(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Archive(str(tmp_path / "none.zip"))


def test_names_are_shown_without_controls() -> None:
    assert shown("a\x1b\n" + "b" * 200) == repr("a\x1b\n" + "b" * 74 + "...")


@pytest.mark.parametrize("text", [
    b"", b"[", b"nan", b"NaN", b"Infinity", b"1.5", b"1e3", b'{"a": 1, "a": 2}', b"\xff",
    b'"\\ud800"', b'["\\udc00\\ud800"]', b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5000,
    b"\xef\xbb\xbf1", b"01", b"'a'", b"[1,]"], ids=lambda text: repr(text[:12]))
def test_json_that_no_program_of_ours_writes_is_none(text: bytes) -> None:
    with pytest.raises(ValueError):
        plainjson.parsed(text)


def test_json_that_is_strict_is_read() -> None:
    assert plainjson.parsed('{"a": [1, -2, null, true, "ü😀\\ud83d\\ude00"]}'.encode()) == {
        "a": [1, -2, None, True, "ü😀😀"]}
