"""The contract, part 1: a request arrives the same through each gateway."""
from __future__ import annotations

import json
import threading
import zlib
from typing import Any

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import eventually
from tests.support.wire import multipart, request_bytes


def echo(gateway: Gateway, method: str, target: str, **more: Any) -> Any:
    """What the echo page saw."""
    return gateway.ask(method, target, **more).json


def test_a_get_arrives_with_its_query_and_all_values_of_repeated_names(gateway: Gateway) -> None:
    seen = echo(gateway, "GET", "/echo?a=1&b=&a=2&c&%C3%A9=%E2%82%AC+x%2B&d=%26;e=1")
    assert seen["method"] == "GET"
    assert seen["query"] == [
        ["a", "1"], ["a", "2"], ["b", ""], ["c", ""], ["é", "€ x+"], ["d", "&;e=1"]]


def test_a_semicolon_separates_nothing(gateway: Gateway) -> None:
    assert echo(gateway, "GET", "/echo?a=1;b=2")["query"] == [["a", "1;b=2"]]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_urlencoded_form_arrives_by_any_method(gateway: Gateway, method: str) -> None:
    seen = echo(
        gateway, method, "/echo?from=query", body=b"name=Zo%C3%AB+B&name=two&empty=&plus=%2B",
        headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert seen["method"] == method
    assert seen["form"] == [["name", "Zoë B"], ["name", "two"], ["empty", ""], ["plus", "+"]]
    assert seen["query"] == [["from", "query"]] and seen["files"] == []


def test_a_file_of_a_mebibyte_arrives_whole_with_the_fields_around_it(gateway: Gateway) -> None:
    data = bytes(range(256)) * 4096
    kind, body = multipart(("before", None, "né".encode()), ("file", "C:\\a b\\ü.bin", data),
                           ("empty", "", b""), ("after", None, b"x\r\n--y"))
    seen = gateway.post("/echo", body, kind).json
    assert seen["form"] == [["before", "né"], ["after", "x\n--y"]]
    assert seen["files"] == [["file", "ü.bin", 1 << 20, zlib.crc32(data)]]


def test_json_arrives(gateway: Gateway) -> None:
    document = {"list": [1, 2.5, None, True], "text": "é🖋", "nested": {"": []}}
    body = json.dumps(document).encode()
    assert gateway.post("/echo", body, "application/json; charset=utf-8").json["json"] == document


def test_an_empty_post_has_no_fields(gateway: Gateway) -> None:
    seen = echo(gateway, "POST", "/echo", body=b"")
    assert (seen["form"], seen["files"]) == ([], [])


def test_broken_json_and_a_type_that_is_no_form_are_refused(gateway: Gateway) -> None:
    assert gateway.post("/echo", b"{", "application/json").status == 400
    assert gateway.post("/echo", b"hello", "text/plain").status == 415


def test_form_text_must_be_utf_8(gateway: Gateway) -> None:
    assert gateway.post("/echo", b"name=%ff").status == 400
    assert gateway.post("/echo", b"name=\xff").status == 400
    assert gateway.post("/echo", b"name=a%00b").status == 400
    assert gateway.get("/echo?name=%ff").status == 400


def test_cookies_arrive_past_the_odd_cookies_of_other_programs(gateway: Gateway) -> None:
    seen = echo(gateway, "GET", "/echo", headers={
        "Cookie": 'a[]=1; mine=value; "odd; $Version=1; =nameless; last="quoted"; mine2=x=y'})
    assert seen["cookies"]["mine"] == "value" and seen["cookies"]["mine2"] == "x=y"


def test_a_header_sent_twice_arrives_joined(gateway: Gateway) -> None:
    seen = echo(gateway, "GET", "/echo", headers=[("X-Twice", "one"), ("X-Twice", "two"),
                                                  ("Accept", "text/html")])
    assert seen["headers"].pop("X-Twice").replace(", ", ",") == "one,two"     # RFC 9110, 5.6.1
    assert seen["headers"] == {"Accept": "text/html"}


def test_authorization_arrives(gateway: Gateway) -> None:
    seen = echo(gateway, "GET", "/echo", headers={"Authorization": "Basic dTpw"})
    assert seen["headers"] == {"Authorization": "Basic dTpw"}


def test_a_proxy_header_arrives_nowhere(gateway: Gateway) -> None:
    seen = echo(gateway, "GET", "/echo", headers={"Proxy": "http://evil.example/"})
    assert seen["proxy"] == [] and seen["headers"] == {}


def test_the_host_that_a_request_names_is_in_no_link(gateway: Gateway) -> None:
    for target, host in (("http://evil/echo/x", "site.example"), ("/echo/x", "evil")):
        answer = gateway.ask("GET", target, {"Host": host, "X-Forwarded-Host": "evil.example"})
        assert b"evil" not in answer.body
        assert answer.json["absolute"] == "https://site.example/echo/x"
        assert answer.json["path_info"] == "/x"


def test_the_port_of_the_host_arrives(gateway: Gateway) -> None:
    """By it a form is known to come from this very site, as long as base_url is not set."""
    sent = {"Content-Type": "application/x-www-form-urlencoded",
            "Origin": "http://site.example:8080"}
    gateway.site.edit("site.ini", "base_url = https://site.example", "base_url =")
    try:
        for host, status in (("site.example:8080", 200), ("SITE.example:8080", 200),
                             ("site.example", 403), ("site.example:80", 403)):
            assert gateway.ask("POST", "/echo", {**sent, "Host": host}, b"a=1").status == status
    finally:
        gateway.site.edit("site.ini", "base_url =", "base_url = https://site.example")


def test_a_domain_of_somebody_else_gets_no_page(gateway: Gateway) -> None:
    asked = [("/echo/x", "evil.example"), ("/echo/x", "site.example.evil.example:80")]
    if gateway.name != "builtin":                 # which goes by the header alone
        asked.append(("http://evil.example/echo/x", "site.example"))
    for target, host in asked:
        answer = gateway.ask("GET", target, {"Host": host, "X-Forwarded-Host": "site.example"})
        assert (answer.status, b"evil" in answer.body) == (400, False), (target, host)
    assert gateway.get("/echo/x", Host="www.site.example:8080").status == 200


def test_head_is_a_get_without_body(gateway: Gateway) -> None:
    get, head = gateway.get("/answers/text"), gateway.ask("HEAD", "/answers/text")
    assert (head.status, head.body, head.ours) == (200, b"", get.ours)
    assert head["Content-Length"] == str(len(get.body))


def test_options_and_unknown_methods_are_told_what_is_allowed(gateway: Gateway) -> None:
    options = gateway.ask("OPTIONS", "/keeper")
    assert (options.status, options["Allow"], options.body) == (
        204, "GET, HEAD, POST, OPTIONS", b"")
    for method in ("PUT", "BREW", "PROPFIND"):
        refused = gateway.ask(method, "/keeper")
        assert (refused.status, refused["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")
        assert b"<p class=\"status\">405</p>" in refused.body


def test_trace_is_refused_and_repeats_nothing(gateway: Gateway) -> None:
    answer = gateway.ask("TRACE", "/echo", {"X-Secret": "cookie"})
    assert answer.status == 405 and b"cookie" not in answer.body


def test_visitors_at_the_same_time_get_their_own_answers(gateway: Gateway) -> None:
    """Some gateways start their processes one by one, as visitors come."""
    eventually(lambda: together_in_their_own_words(gateway))


def together_in_their_own_words(gateway: Gateway) -> bool:
    """Whether two of eight visitors were answered at the same time; each gets what is theirs."""
    answers: dict[str, Any] = {}

    def visit(word: str) -> None:
        answers[word] = gateway.ask("GET", f"/sleepy?word={word}", {
            "Cookie": f"word={word}", "X-Word": word}).json

    threads = [threading.Thread(target=visit, args=[f"w{number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for word in (f"w{number}" for number in range(8)):
        assert {answers[word][part] for part in ("query", "cookie", "header")} == {word}
    ended = min(seen["ended"] for seen in answers.values())
    return bool(ended > sorted(seen["begun"] for seen in answers.values())[1])


def test_two_requests_on_one_connection_are_both_answered(gateway: Gateway) -> None:
    first = b"GET /echo?n=1 HTTP/1.1\r\nHost: site.example\r\n\r\n"
    with gateway.connect() as connection:
        connection.send(first)
        assert connection.answer().json["query"] == [["n", "1"]]
        connection.send(request_bytes("GET", "/echo?n=2"))
        assert connection.answer().json["query"] == [["n", "2"]]
