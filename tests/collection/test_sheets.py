"""Lists as files: cells that no spreadsheet computes, names that no header is broken by."""
from __future__ import annotations

import pytest

from collection import sheets


@pytest.mark.parametrize("text", [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A1"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert sheets.csv([[text]]).decode().lstrip(sheets.BOM).strip("\"\r\n") == "'" + text


def test_what_is_quoted_comes_back_whole() -> None:
    assert sheets.csv([["a", 'b "c", d'], ["", "e\nf"]]) == (
        b'\xef\xbb\xbfa,"b ""c"", d"\r\n,"e\nf"\r\n')


@pytest.mark.parametrize(("name", "saved"), [
    ("booking-new.csv", "booking-new.csv"), ('a"; x="b.csv', "a---x--b.csv"),
    ("../etc/passwd.json", "---etc-passwd.json"), ("b\r\nC: d.csv", "b--C--d.csv"),
    ("é.csv", "-.csv"),
])
def test_a_download_is_saved_under_a_plain_name(name: str, saved: str) -> None:
    response = sheets.download(b"", name)
    assert response["Content-Disposition"] == f'attachment; filename="{saved}"'
    response.check()
