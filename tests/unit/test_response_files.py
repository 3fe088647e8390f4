"""Files as answers: their type, their name for the visitor's disk, and the parts of them."""
from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chapbook.errors import NotFound, ServerError
from chapbook.response import FileBody, Response

from tests.support.answers import sent

DIGITS = b"0123456789"


@pytest.fixture
def file(tmp_path: Path):
    """Answers with a file of the given content, last changed at second 1000000000."""
    def answer(content: bytes = DIGITS, name: str = "a.txt", **options) -> Response:
        path = tmp_path / name
        path.write_bytes(content)
        os.utime(path, (10**9, 10**9))
        return Response.file(str(path), **options)
    return answer


def test_a_file_that_is_not_there_is_a_404(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("none", "", "a/b", "x" * 300, "a\0b", "\udc80", "loop"):
        with pytest.raises(NotFound):
            Response.file(str(tmp_path / name))


def test_a_file_that_the_site_may_not_read_is_a_404(file, tmp_path: Path, monkeypatch) -> None:
    def refused(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied", path)
    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(NotFound, match="Permission denied"):
        Response.file(str(tmp_path / "a.txt"))


def test_a_machine_that_is_out_of_files_is_no_404(tmp_path: Path, monkeypatch) -> None:
    def full(path: str, mode: str) -> None:
        raise OSError(24, "Too many open files")
    monkeypatch.setattr("builtins.open", full)
    with pytest.raises(OSError, match="Too many"):
        Response.file(str(tmp_path / "a.txt"))


@pytest.mark.parametrize(("condition", "status"), [
    ({"IF_MATCH": f'"x", "{10**18:x}-a"'}, 200), ({"IF_MATCH": "*"}, 200),
    ({"IF_MATCH": '"x"'}, 412), ({"IF_MATCH": f'W/"{10**18:x}-a"'}, 412),
    ({"IF_UNMODIFIED_SINCE": "Sun, 09 Sep 2001 01:46:40 GMT"}, 200),
    ({"IF_UNMODIFIED_SINCE": "Sun, 09 Sep 2001 01:46:39 GMT"}, 412),
    ({"IF_UNMODIFIED_SINCE": "yesterday"}, 200),
])
def test_a_file_that_is_wanted_only_as_it_was_is_a_412(file, condition: dict, status: int) -> None:
    answer = sent(file(), **condition)
    assert answer.status == status
    assert answer.body == (DIGITS if status == 200 else b"")
    assert answer["Content-Length"] == str(len(answer.body))


def test_the_body_of_a_file_is_closed_when_it_does_not_go_out(file) -> None:
    unsent = [("HEAD", {}), ("GET", {"IF_NONE_MATCH": "*"}), ("GET", {"RANGE": "bytes=99-"})]
    for method, headers in unsent:
        answer = file()
        body = answer.body
        assert isinstance(body, FileBody) and sent(answer, method, **headers).body == b""
        assert body.file.closed


def test_a_file_is_sent_whole_with_its_length_and_validators(file) -> None:
    made = file(b"x" * 200_000)
    assert (made.etag, made.last_modified) == (f"{10**18:x}-{200_000:x}", 10**9)
    answer = sent(made)
    assert answer.body == b"x" * 200_000
    assert answer["Content-Length"] == "200000"
    assert answer["Last-Modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"
    assert answer["ETag"] == f'"{10**18:x}-{200_000:x}"'
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(("name", "kind"), [
    ("a.html", "text/html; charset=utf-8"), ("a.PNG", "image/png"), ("a.tar.gz", None),
    ("a.svg", "image/svg+xml"), ("a", None), (".html", None), ("a.unknown", None),
])
def test_the_type_is_that_of_the_ending(file, name: str, kind: str | None) -> None:
    answer = sent(file(name=name))
    assert answer["Content-Type"] == (kind or "application/octet-stream")


def test_the_type_may_be_given(file) -> None:
    answer = sent(file(type="text/x-chapbook"))
    assert answer["Content-Type"] == "text/x-chapbook"


@pytest.mark.parametrize("name", [
    "plain.txt", "é ü.txt", 'a".txt; filename=evil.exe', "a\r\nX-Y: z", "../../etc/passwd", "a%41",
    "\\\\host\\a", "\x00\x1b[2J", "\u202egpj.exe", "",
])
def test_a_download_has_a_name_that_breaks_nothing(file, name: str) -> None:
    value = sent(file(download=name))["Content-Disposition"]
    plain = r"[^\"\\%/\x00-\x1f]*"
    extended = r"[\w.~%-]*"
    assert re.fullmatch(
        f"attachment; filename=\"{plain}\"; filename\\*=UTF-8''{extended}", value, re.ASCII
    )


def expected_of(header: str, size: int) -> tuple[int, int, int]:
    """What RFC 9110, section 14, makes of a Range: status, first byte, and one after the last."""
    found = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", header)
    if not found or not (found[1] or found[2]):
        return 200, 0, size
    if not found[1]:
        count = int(found[2])
        return (206, max(0, size - count), size) if count and size else (416, 0, 0)
    first, last = int(found[1]), int(found[2] or 10**17)
    if last < first:
        return 200, 0, size
    return (206, first, min(last + 1, size)) if first < size else (416, 0, 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10), st.from_regex(r"\A(bytes=[0-9]{0,2}-[0-9]{0,2}|[bytes=0-9, -]{0,9})\Z"))
def test_a_range_is_as_rfc_9110_has_it(file, size: int, header: str) -> None:
    answer = sent(file(DIGITS[:size]), RANGE=header)
    status, start, stop = expected_of(header, size)
    assert (answer.status, answer.body) == (status, DIGITS[start:stop])
    assert answer["Content-Length"] == str(stop - start)
    of = {206: f"bytes {start}-{stop - 1}/{size}", 416: f"bytes */{size}"}
    assert dict(answer.headers).get("Content-Range") == of.get(status)


@pytest.mark.parametrize("header", ["BYTES=2-3", "bytes = 2-3", "bytes=2-3 "])
def test_a_range_may_be_written_loosely(file, header: str) -> None:
    assert sent(file(), RANGE=header).body == b"23"


@pytest.mark.parametrize("header", [
    "bytes=0-1,3-4", "items=0-1", "bytes=0-" + "9" * 5000, "bytes=٠-١", "bytes=-", "=", "bytes",
])
def test_a_range_that_is_none_gets_the_whole_file(file, header: str) -> None:
    answer = sent(file(), RANGE=header)
    assert (answer.body, answer.status) == (DIGITS, 200)


@pytest.mark.parametrize(("condition", "status"), [
    (f'"{10**18:x}-a"', 206), ("Sun, 09 Sep 2001 01:46:40 GMT", 206), ('"other"', 200),
    ("Sun, 09 Sep 2001 01:46:39 GMT", 200), (f'W/"{10**18:x}-a"', 200),
])
def test_a_range_of_a_changed_file_gets_it_whole(file, condition: str, status: int) -> None:
    assert sent(file(), RANGE="bytes=0-1", IF_RANGE=condition).status == status


def test_ranges_are_for_get_and_for_files(file) -> None:
    for answer, method in ((file(), "HEAD"), (file(), "POST"), (Response.text("abc"), "GET")):
        assert sent(answer, method, RANGE="bytes=0-1").status == 200


def test_a_file_that_shrinks_while_it_is_sent_ends_early(file, tmp_path: Path) -> None:
    body = file(b"x" * 10).prepare("GET", {})[2]
    os.truncate(tmp_path / "a.txt", 4)
    assert b"".join(body) == b"xxxx"
    body.close()


@pytest.mark.parametrize(("method", "headers"), [
    ("GET", {}), ("HEAD", {}), ("GET", {"RANGE": "bytes=1-2"}), ("GET", {"IF_NONE_MATCH": "*"}),
])
def test_a_file_that_is_to_go_out_twice_is_an_error_that_names_the_remedy(
    file, method: str, headers: dict
) -> None:
    answer = file()
    sent(answer, method, **headers)
    with pytest.raises(ServerError, match="inside the handler"):
        sent(answer)
