"""Files: how many, of which kinds, how large."""
from __future__ import annotations

import sys
from typing import Any

import pytest

from chapbook.errors import ServerError
from chapbook.fields import Upload
from chapbook.forms import uploads
from tests.support.filled import sentence, upload, verdict


def kind(html: str, *files: Upload, sent: str | None = None) -> str:
    """The kind of the fault of `n`, "general" where only the whole form has one, "" for none."""
    found = verdict(html, *([("n", sent)] if sent is not None else []),
                    files=[("n", file) for file in files])
    return found.faults["n"].kind if "n" in found.faults else "general" if found.general else ""


def test_a_file_is_an_upload_or_none() -> None:
    file = upload()
    assert verdict("<input type=file name=n>", files=[("n", file)]).values == {"n": file}
    assert verdict("<input type=file name=n>").values == {"n": None}


@pytest.mark.parametrize("html", [
    "<input name=n>", "<textarea name=n></textarea>", "<input type=hidden name=n value=a>",
    "<input type=checkbox name=n>", "<select name=n><option>a</select>",
])
def test_a_file_in_the_place_of_something_else_is_refused(html: str) -> None:
    assert kind(html, upload(), sent="a" if "hidden" in html else None) in ("type", "general")


def test_several_files_are_a_list() -> None:
    files = [upload("a"), upload("b")]
    html = "<input type=file name=n multiple>"
    assert verdict(html, files=[("n", file) for file in files]).values == {"n": files}
    assert verdict(html).values == {"n": []}


def test_several_file_fields_of_one_name_are_a_list() -> None:
    files = [upload("a"), upload("b")]
    html = "<input name=n><input type=file name=n><input type=file name=n>"
    found = verdict(html, ("n", "text"), files=[("n", file) for file in files])
    assert found.values == {"n": ["text", *files]}
    assert verdict(html, ("n", "")).values == {"n": [None, None, None]}
    assert verdict(html, ("n", ""), files=[("n", upload())] * 3).general


@pytest.mark.parametrize("html, files, expected", [
    ("<input type=file name=n required>", [], "required"),
    ("<input type=file name=n required readonly>", [], ""),
    ("<input type=file name=n multiple required>", [], "required"),
    ("<input type=file name=n>", [upload()] * 2, "repeated"),
    ("<input name=n>", [upload()], "type"), ("<select name=n></select>", [upload()], "type"),
])
def test_as_many_files_as_the_field_takes(html: str, files: list[Any], expected: str) -> None:
    assert kind(html, *files) == expected


def test_a_name_without_its_file_is_refused() -> None:
    assert kind("<input type=file name=n>", sent="photo.jpg") == "type"
    assert kind("<input type=file name=n>", sent="") == ""


@pytest.mark.parametrize("accept, name, media, fits", [
    (".pdf", "a.pdf", "", True), (".pdf", "A.PDF", "text/plain", True), (".PDF", "a.pdf", "", True),
    (".pdf", "a.pdf.exe", "application/x-msdownload", False), (".pdf", "pdf", "", False),
    (".tar.gz", "a.tar.gz", "", True), ("image/*", "a", "image/png", True),
    ("image/*", "a.png", "text/html", False), ("image/png", "a", "IMAGE/PNG; q=1", True),
    ("image/png", "a.jpg", "image/jpeg", False), ("image/*", "a.png", "", True),
    ("image/*", "a.PNG", "application/octet-stream", True), ("image/*", "a.exe", "", False),
    (" .pdf , image/* ", "a", "image/gif", True), ("", "a.exe", "", True),
    ("pdf", "a.exe", "", True),
    ("pdf, .txt", "a.pdf", "application/pdf", False), (",,.txt", "a.txt", "", True),
    ("*/*", "a.exe", "application/x-msdownload", True), (".", "a.", "", True),
    ("/png", "a.exe", "", True), ("image/", "a.exe", "", True), ("a/b/c", "a.exe", "", True),
])
def test_accept_is_by_name_or_by_type(accept: str, name: str, media: str, fits: bool) -> None:
    html = f"<input type=file name=n accept='{accept}'>"
    assert kind(html, upload(name, media)) == ("" if fits else "accept")


@pytest.mark.parametrize("text, size", [
    ("2 MiB", 2 << 20), ("2mib", 2 << 20), ("500 kB", 500_000), ("100000", 100_000), ("7 B", 7),
    ("1.5 KiB", 1536), ("1 GB", 10 ** 9), (" 0 ", 0), ("", None), ("big", None), ("1.2.3", None),
    (".", None), ("2 apples", None), ("-1", None), ("1e9", None), ("9" * 13, None), ("٢ MiB", None),
])
def test_a_size_is_read_with_its_unit(text: str, size: int | None) -> None:
    assert uploads.size(text) == size


def test_a_file_may_be_as_large_as_the_field_says() -> None:
    html = "<input type=file name=n multiple data-max-size='1 KiB'>"
    assert kind(html, upload(size=1024)) == ""
    assert kind(html, upload(size=1), upload(size=1025)) == "size"


def test_a_size_that_is_none_is_the_fault_of_the_site() -> None:
    html = "<input type=file name=n data-max-size=big>"
    assert kind(html) == ""
    with pytest.raises(ServerError) as caught:
        kind(html, upload())
    assert "'big', which is no size" in caught.value.detail


def test_the_type_that_goes_with_a_name_is_not_read_from_the_disk() -> None:
    opened: list[object] = []
    watching = [True]
    sys.addaudithook(lambda event, args: opened.append(args[0])
                     if watching[0] and event == "open" else None)
    import mimetypes                                 # so that only its own files are left to open

    assert mimetypes
    opened.clear()
    assert kind("<input type=file name=n accept='image/*'>", upload("a.png", "")) == ""
    watching[0] = False
    assert opened == []


@pytest.mark.parametrize("html, file, expected", [
    ("<input type=file name=n accept='.pdf,image/*,application/vnd.oasis.opendocument.text'>",
     upload("a.exe"), "N takes PDF, image or application/vnd.oasis.opendocument.text files only; "
                      "“a.exe” is something else."),
    ("<input type=file name=n accept='image/jpeg,.jpeg'>", upload("x" * 100),
     f"N takes JPEG files only; “{'x' * 79}…” is something else."),
    ("<input type=file name=n data-max-size='2 MiB'>", upload("a.jpg", size=3_250_586),
     "N must be at most 2 MiB; “a.jpg” has 3.2 MiB."),
    ("<input type=file name=n data-max-size=102400>", upload("a.jpg", size=102_401),
     "N must be at most 100 KiB; “a.jpg” has 100.1 KiB."),
])
def test_the_visitor_reads_what_the_field_takes(html: str, file: Upload, expected: str) -> None:
    assert sentence(html, files=[("n", file)]) == expected
