"""?next=: a path of this site, or home; never the way to another."""
from __future__ import annotations

import pytest

from chapbook.paths import is_below
from chapbook.percent import quote

HOSTILE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "https://evil.example", "https:/evil.example", "https:evil.example",
    "http:///evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example",
    "/\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example", "evil.example",
    "?x=1", "#x", "", "/a\\b", "/\x00", "/é", "/../x", "/a/../../x", "/a/./b", "/%2e%2e/x",
    "/a/%2E%2e/x", "/..", "/" + "a" * 2000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_plain_path_leads_home(request_of, text) -> None:
    request = request_of(QUERY_STRING="next=" + quote(text), REQUEST_URI="/", PATH_INFO="",
                         SCRIPT_NAME="/index", **{"chapbook.script": "index"})
    try:
        assert request.next() == "/"
    except Exception as error:
        assert getattr(error, "status", 0) == 400      # a control character, refused at the door


@pytest.mark.parametrize("text", ["/", "/x", "/x/y?z=//a", "/x?y=/../z", "/x#y", "/x//y"])
def test_a_path_of_this_site_is_taken(request_of, text) -> None:
    request = request_of(QUERY_STRING="next=" + quote(text), REQUEST_URI="/", PATH_INFO="",
                         SCRIPT_NAME="/index", **{"chapbook.script": "index"})
    assert request.next() == text


@pytest.mark.parametrize("text, inside", [
    ("/club", True), ("/club/", True), ("/club/x", True), ("/club?x", True), ("/clubs", False),
    ("/", False), ("/other/club", False), ("/club/../x", False),
])
def test_only_what_is_below_the_root_of_the_site(text, inside) -> None:
    assert is_below(text, "/club") is inside
