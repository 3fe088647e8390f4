"""The contract: headers of a request mean the same in every gateway, however they are written."""
from __future__ import annotations

import pytest

from tests.support.gateways import Gateway
from tests.support.wire import request_bytes


def test_the_names_of_headers_may_be_written_in_any_case(gateway: Gateway) -> None:
    body = b"a=1&b=2"
    seen = gateway.ask("POST", "/echo", [
        ("hOST", "site.example"), ("content-TYPE", "application/x-www-form-urlencoded"),
        ("CONTENT-length", str(len(body))), ("aUTHORIZATION", "Basic dTpw"), ("x-tWICE", "one"),
        ("cookie", "c=1")], body).json
    assert seen["form"] == [["a", "1"], ["b", "2"]] and seen["cookies"] == {"c": "1"}
    assert seen["headers"] == {"Authorization": "Basic dTpw", "X-Twice": "one"}


def test_a_type_may_be_written_in_any_case_and_have_parameters(gateway: Gateway) -> None:
    for kind in ("APPLICATION/X-WWW-FORM-URLENCODED", "application/x-www-form-urlencoded;a=b",
                 "application/x-www-form-urlencoded; charset=UTF-8"):
        assert gateway.post("/echo", b"a=%C3%A9", kind).json["form"] == [["a", "é"]]


def test_an_underscore_in_a_name_does_not_make_it_the_header_with_a_dash(gateway: Gateway) -> None:
    """CGI's variables have no dash, so X_Twice could pass for X-Twice, past a proxy's checks."""
    for headers, seen in (([("X_Twice", "evil")], {}),
                          ([("X-Twice", "good"), ("X_Twice", "evil")], {"X-Twice": "good"}),
                          ([("X_Twice", "evil"), ("X-Twice", "good")], {"X-Twice": "good"})):
        assert gateway.ask("GET", "/echo", headers).json["headers"] == seen


def test_an_underscore_in_a_name_gives_no_length_type_or_cookie(gateway: Gateway) -> None:
    answer = gateway.ask("POST", "/echo", [
        ("Content_Length", "3"), ("Content_Type", "application/x-www-form-urlencoded"),
        ("Authori_zation", "x")], b"")
    assert answer.json["form"] == [] and answer.json["headers"] == {}


@pytest.mark.parametrize("value", ["Basic dTpw", "Bearer a.b-c_d~e+f/g==", 'Digest a="b, c"'])
def test_authorization_of_any_kind_arrives_in_one_piece(gateway: Gateway, value: str) -> None:
    seen = gateway.ask("POST", "/echo/a/b?c=d", {"Authorization": value}, b"").json
    assert seen["headers"]["Authorization"] == value


def test_authorization_arrives_at_a_script_in_a_folder(gateway: Gateway) -> None:
    gateway.site.script("club/key", "application = Page(get=lambda request: "
                        "Response.text(request.headers.get('Authorization', 'none')))")
    for target in ("/club/key", "/cgi-bin/club/key.py"):
        assert gateway.get(target, Authorization="Basic dTpw").text == "Basic dTpw"
        assert gateway.get(target).text == "none"


def test_spaces_around_a_value_are_none_of_it(gateway: Gateway) -> None:
    assert gateway.ask("GET", "/echo", {"X-Twice": "  one two  "}).json["headers"] == {
        "X-Twice": "one two"}


def test_a_long_cookie_and_a_long_query_arrive(gateway: Gateway) -> None:
    """Some servers take no more than 4 KiB of both together unless they are told to."""
    cookie, query = "c" * 4000, "q" * 3000
    seen = gateway.ask("GET", f"/echo?q={query}", {"Cookie": f"c={cookie}"}).json
    assert seen["cookies"] == {"c": cookie} and seen["query"] == [["q", query]]


def test_many_headers_arrive_or_are_refused_and_nothing_breaks(gateway: Gateway) -> None:
    many = [(f"X-{number}", "x") for number in range(60)]
    assert gateway.ask("GET", "/echo", [*many, ("X-Twice", "last")]).json["headers"] == {
        "X-Twice": "last"}
    more = request_bytes("GET", "/echo", [(f"X-{number}", "x" * 90) for number in range(2000)])
    assert gateway.raw(more).status in (200, 400, 413, 431, 494)
    assert gateway.get("/echo").status == 200


@pytest.mark.parametrize("head", [
    b"GET /echo HTTP/1.1\r\nHost: site.example\r\nHost: evil.example\r\n",
    b"GET /echo HTTP/1.1\r\nHost: evil.example, site.example\r\n",
    b"GET /echo HTTP/1.1\r\nHost: site.example/evil.example\r\n",
    b"GET /echo HTTP/1.1\r\nHost: site.example\r\nX-Twice : space before the colon\r\n",
], ids=["two hosts", "two in one", "a path", "a space before the colon"])
def test_a_head_that_two_servers_may_read_in_two_ways_leads_to_no_other_site(
    gateway: Gateway, head: bytes
) -> None:
    answer = gateway.raw(head + b"Connection: close\r\n\r\n")
    assert b"evil" not in answer.body
    assert answer.status == 400 or answer.json["absolute"] == "https://site.example/echo"


def test_a_request_of_http_1_0_needs_no_host(gateway: Gateway) -> None:
    answer = gateway.raw(b"GET /echo?a=1 HTTP/1.0\r\n\r\n")
    assert answer.json["query"] == [["a", "1"]]


def test_a_method_in_small_letters_is_another_method(gateway: Gateway) -> None:
    assert gateway.ask("get", "/keeper").status in (400, 405, 501)
    assert gateway.ask("post", "/keeper", {}, b"").status in (400, 405, 501)
