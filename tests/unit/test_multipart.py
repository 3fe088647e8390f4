"""Forms with files: streamed to disk, bounded in every direction, and broken ones are a 400."""
from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from chapbook import body, fields
from chapbook.errors import BadRequest, HTTPError, TooLarge, Unavailable
from chapbook.testing import BOUNDARY, multipart, site

KIND = f"multipart/form-data; boundary={BOUNDARY}"
SAMPLE = multipart({"name": "Ännä", "message": "Hi\r\nyou"}, {"photo": ("a.png", b"\x89PNG\r\n--")})


@pytest.fixture
def read(settings):
    """Reads a multipart body with the default limits."""
    def made(sent: bytes, kind: str = KIND, config=settings):
        environ = {"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}
        return fields.multipart(body.Body(environ), kind, config)
    return made


def part(head: str, content: bytes = b"x") -> bytes:
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode("latin-1") + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def test_fields_and_files_are_read(read) -> None:
    fields, [(name, upload)] = read(SAMPLE)
    assert fields == [("name", "Ännä"), ("message", "Hi\nyou")]
    assert (name, upload.name, upload.type) == ("photo", "a.png", "application/octet-stream")
    assert upload.read() == b"\x89PNG\r\n--" and upload.size == 8
    upload.file.close()


def test_a_body_cut_at_any_byte_is_a_400(read) -> None:
    for cut in range(len(SAMPLE) - 2):                # the last line end may be missing
        with pytest.raises(BadRequest):
            read(SAMPLE[:cut])


def test_a_body_with_any_byte_changed_is_read_or_a_4xx(read) -> None:
    for place in range(len(SAMPLE)):
        for byte in (0x00, 0x0A, 0x22, 0x3B, 0xFF):
            try:
                _, files = read(SAMPLE[:place] + bytes([byte]) + SAMPLE[place + 1:])
            except HTTPError as error:
                assert error.status in (400, 413), (place, byte)
            else:
                for _, upload in files:
                    upload.file.close()


@pytest.mark.parametrize("kind", [
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other",
    "multipart/form-data; boundary=" + "x" * 2000, 'multipart/form-data; boundary="a\nb"',
    "multipart/form-data; boundary=\xff",
])
def test_a_boundary_that_does_not_fit_is_a_400(read, kind: str) -> None:
    with pytest.raises(BadRequest):
        read(SAMPLE, kind)


@pytest.mark.parametrize("head", [
    "", "Content-Type: text/plain", "Content-Disposition: attachment; name=a",
    "Content-Disposition: form-data", "Content-Disposition form-data; name=a",
    'Content-Disposition: form-data; name="\xff"', 'Content-Disposition: form-data; name="a\x00"',
    " folded: x",
    'Content-Disposition: form-data; name="a"; filename="b\x01"',
    'Content-Disposition: form-data; name="a"\r\nContent-Length: 99',
])
def test_a_part_whose_head_is_broken_is_a_400(read, head: str) -> None:
    with pytest.raises(BadRequest):
        read(part(head) + END)


@pytest.mark.parametrize("content", [b"\xff", b"\x00", b"a\x1b[2J"])
def test_a_field_that_is_no_text_is_a_400(read, content: bytes) -> None:
    with pytest.raises(BadRequest):
        read(part('Content-Disposition: form-data; name="a"', content) + END)


def test_what_follows_the_end_is_not_read_as_a_part(read) -> None:
    extra = part('Content-Disposition: form-data; name="admin"')
    assert read(part('Content-Disposition: form-data; name="a"') + END + extra)[0] == [("a", "x")]


def test_128_parts_are_read_and_129_are_a_413(read) -> None:
    one = part('Content-Disposition: form-data; name="a"')
    assert len(read(one * 128 + END)[0]) == 128
    with pytest.raises(TooLarge):
        read(one * 129 + END)


@pytest.mark.parametrize("head", [
    "X: " + "y" * 5000, "X" * 10_000_000, "\r\n".join(f"X-{n}: y" for n in range(9)),
    'Content-Disposition: form-data; name="' + "n" * 65_536 + '"',
], ids=["long line", "endless line", "many lines", "long name"])
def test_a_part_with_too_much_of_a_head_is_a_413(read, head: str) -> None:
    with pytest.raises(TooLarge):
        read(part(head) + END)


@pytest.mark.parametrize(("limits", "sent", "words"), [
    ({"text": "10 B"}, multipart({"a": "x" * 11}, {}), "too long. Please go back"),
    ({"body": "200 B"}, multipart({"a": "x" * 200}, {}), "together it may have 200 B"),
    ({"file": "10 B"}, multipart({}, {"a": ("", b"x" * 11)}), "it may have 10 B. Please go back"),
    ({"file": "1536 B"}, multipart({}, {"a": ("", b"x" * 2000)}), "it may have 1.5 KiB"),
], ids=["field", "body", "nameless file", "larger file"])
def test_what_is_over_its_limit_is_a_413_that_says_what_to_do(
        read, tmp_path, limits, sent: bytes, words: str) -> None:
    with pytest.raises(TooLarge) as error:
        read(sent, config=site(str(tmp_path), limits=limits))
    assert words in error.value.sentence


@pytest.mark.parametrize("size", [11, 200_000])
def test_a_file_over_its_limit_is_known_by_its_size_and_its_content_is_thrown_away(
        read, tmp_path, size: int) -> None:
    sent = multipart({"after": "x"}, {"a": ("b", b"x" * size), "c": ("d", b"x" * 10)})
    texts, files = read(sent, config=site(str(tmp_path), limits={"file": "10 B"}))
    assert texts == [("after", "x")]
    assert [(upload.size, upload.limit, len(upload.read())) for _, upload in files] \
        == [(size, 10, 0), (10, None, 10)]
    for _, upload in files:
        upload.file.close()


def test_what_is_just_as_long_as_its_limit_is_read(read, tmp_path) -> None:
    small = site(str(tmp_path), limits={"file": "10 B", "text": "10 B"})
    fields, [(_, upload)] = read(multipart({"a": "x" * 10}, {"b": ("c", b"y" * 10)}), config=small)
    assert (fields, upload.size) == ([("a", "x" * 10)], 10)
    upload.file.close()


def test_a_file_field_left_empty_gives_nothing(read) -> None:
    assert read(multipart({"a": "1"}, {"photo": ("", b"")})) == ([("a", "1")], [])


def test_the_content_of_a_file_without_a_name_is_not_kept(read) -> None:
    sent = multipart({}, {"photo": ("", b"x" * 5_000_000)})
    tracemalloc.start()
    try:
        assert read(sent) == ([], [])
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("sent", "shown"), [
    ("../../etc/passwd", "passwd"), ("C:\\Users\\Ann\\photo.png", "photo.png"), ("a/b\\c", "c"),
    ("é.png", "é.png"), ("..", ".."), ("a/", ""),
])
def test_the_name_of_a_file_is_without_its_folders(read, sent: str, shown: str) -> None:
    _, [(_, upload)] = read(multipart({}, {"a": (sent, b"x")}))
    assert upload.name == shown
    upload.file.close()


@pytest.mark.parametrize("kind", ["text/h\xc3\xa4", "a\x1bb", "a\x00b"])
def test_a_type_that_could_break_a_header_or_a_terminal_is_dropped(read, kind: str) -> None:
    head = f'Content-Disposition: form-data; name="a"; filename="b"\r\nContent-Type: {kind}'
    _, [(_, upload)] = read(part(head) + END)
    assert upload.type == ""
    upload.file.close()


def test_a_large_file_lies_nameless_on_the_disk_of_the_site(read, settings) -> None:
    _, [(_, upload)] = read(multipart({}, {"a": ("b", b"x" * 100_000)}))
    found = os.fstat(upload.file.fileno())
    folder = settings.path(settings.paths.uploads)
    assert (found.st_nlink, stat.S_IMODE(found.st_mode)) == (0, 0o600)
    assert os.readlink(f"/proc/self/fd/{upload.file.fileno()}").startswith(folder)
    assert os.listdir(folder) == []
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    upload.file.close()


def test_files_of_a_form_that_turns_out_broken_are_closed(read) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(BadRequest):
        read(multipart({}, {"a": ("b", b"x" * 100_000)})[:-4])
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_disk_that_cannot_take_a_file_is_a_503(read, settings) -> None:
    Path(settings.path("var")).write_text("a file where the folder should be")
    with pytest.raises(Unavailable) as caught:
        read(multipart({}, {"a": ("b", b"x")}))
    assert settings.path(settings.paths.uploads) in caught.value.detail


def test_fields_alone_need_no_disk(read, settings) -> None:
    Path(settings.path("var")).write_text("")
    assert read(multipart({"a": "1"}, {}))


@pytest.mark.parametrize("content", [b"\r", b"\r\n--", b"\n", b"--" + BOUNDARY.encode()])
def test_reading_takes_linear_time(read, tmp_path, grows_linearly, content: bytes) -> None:
    wide = site(str(tmp_path), limits={"file": "64 MiB", "body": "64 MiB"})

    def work(sent: bytes) -> None:
        _, [(_, upload)] = read(sent, config=wide)
        upload.file.close()
    grows_linearly(
        work, lambda size: multipart({}, {"a": ("b", content * (size // len(content)))}), 5_000_000
    )


def test_a_saved_file_is_private_and_whole(tmp_path) -> None:
    upload = fields.Upload("a", "", io.BytesIO(b"content"), 7)
    upload.read()
    upload.save(str(tmp_path / "kept"))
    assert (tmp_path / "kept").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600


def test_what_was_made_of_a_file_is_saved_in_its_place(tmp_path) -> None:
    fields.Upload("a", "", io.BytesIO(b"content"), 7).save(str(tmp_path / "kept"), b"smaller")
    assert (tmp_path / "kept").read_bytes() == b"smaller"


def test_saving_never_replaces_and_never_follows_a_link(tmp_path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "there").write_text("first")
    for name in ("link", "there"):
        with pytest.raises(FileExistsError):
            fields.Upload("a", "", io.BytesIO(b"content"), 7).save(str(tmp_path / name))
    assert (tmp_path / "there").read_text() == "first"
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_cannot_be_saved_whole_is_not_left_behind(tmp_path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("no space left")
    with pytest.raises(OSError, match="no space left"):
        fields.Upload("a", "", Failing(), 7).save(str(tmp_path / "kept"))
    assert not os.listdir(tmp_path)


def test_a_64_mib_upload_needs_no_more_memory_than_a_small_one() -> None:
    peaks = [_peak_of_an_upload(size) for size in (1 << 20, 64 << 20)]
    assert peaks[1] - peaks[0] < 4 << 20


def _peak_of_an_upload(size: int) -> int:
    """The peak of resident memory, in bytes, of a process that reads a form with such a file."""
    script = f"""if True:
        import resource, tempfile
        from chapbook import body, fields, testing
        class Stream:
            head, line, tail = testing.multipart({{}}, {{"a": ("b", b"@")}}).partition(b"@")
            left = [head] + [b"x" * 65536] * ({size} // 65536) + [tail]
            length = len(head) + {size} + len(tail)
            def read(self, most):
                return self.left.pop(0) if len(self.left[0]) <= most else self.part(most)
            def part(self, most):
                block = self.left[0]
                self.left[0] = block[most:]
                return block[:most]
        with tempfile.TemporaryDirectory() as folder:
            wide = testing.site(folder, limits={{"file": "1 GiB", "body": "1 GiB"}})
            environ = {{"wsgi.input": Stream(), "CONTENT_LENGTH": str(Stream.length)}}
            _, [(_, upload)] = fields.multipart(body.Body(environ), {KIND!r}, wide)
            assert upload.size == {size}
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    """
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True,
        env={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    return int(ran.stdout)
