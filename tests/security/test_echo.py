"""What comes in at any place of a request comes out escaped, or not at all."""
from __future__ import annotations

import ast
from urllib.parse import quote

import pytest

from chapbook.forms import markup

from tests.security.conftest import ROOT
from tests.support.crawl import VALUES, address, has_broken_out, names, pages, ways_out
from tests.support.forms import filled, sent
from tests.support.world import MARKUP, World

INJECTED = MARKUP + "\r\nX-Injected: yes"
HEADERS = ("ACCEPT_LANGUAGE", "USER_AGENT", "REFERER", "X_FORWARDED_FOR", "X_FORWARDED_HOST",
           "X_ORIGINAL_URL", "IF_NONE_MATCH", "AUTHORIZATION")


def asked_names() -> list[str]:
    """The names that scripts and their modules take out of the query of an address."""
    found = set()
    for path in [*(ROOT / "cgi-bin").rglob("*.py"), *(ROOT / "lib/collection").rglob("*.py"),
                 ROOT / "lib/chapbook/request.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                if ast.unparse(node.func.value).endswith("query"):
                    found.add(node.args[0])
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("query"):
                found.add(node.slice)
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]).endswith(
                    "query"):
                found.add(node.left)
    return sorted({node.value for node in found
                   if isinstance(node, ast.Constant) and isinstance(node.value, str)})


NAMES = asked_names()


pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@pytest.fixture(params=["nobody", "administrator"])
def client(request: pytest.FixtureRequest, world: World):
    """Somebody who asks; the site is as it was afterwards."""
    yield world.clients[request.param]
    world.restore()


def test_the_names_of_queries_are_known(world: World) -> None:
    assert {"before", "q", "token", "next", "show"} <= set(NAMES)


@pytest.mark.parametrize("given", [MARKUP, INJECTED], ids=["markup", "header"])
def test_a_query_comes_out_escaped(given: str, client, world: World) -> None:
    value = quote(given)
    for script, pattern, _ in pages():
        path = address(world, script, pattern)
        queries = ["&".join(f"{name}={value}" for name in NAMES), f"{value}={value}", value]
        answers = [client.get(f"{path}?{query}") for query in queries]
        if answers[0].status == 400:              # one of them is no number
            answers += [client.get(f"{path}?{name}={value}") for name in NAMES]
        for answer in answers:
            assert not has_broken_out(answer), (path, has_broken_out(answer))
            assert answer.status < 500, path


@pytest.mark.parametrize("away", [
    "//evil.example/a", "https://evil.example/a", "/\\evil.example", "/\t/evil.example",
    "javascript:alert(1)", "/..//evil.example", "http:evil.example"])
def test_no_query_leads_away_from_the_site(away: str, client, world: World) -> None:
    value, cookies = quote(away), dict(client.cookies)
    for path in ("/account/signin", "/account/signin/code", "/account/signout", "/account/me",
                 "/guestbook", "/admin/inbox", "/forms/contact"):
        url = f"{path}?" + "&".join(f"{name}={value}" for name in NAMES if name not in (
            "before", "upto", "account", "id"))
        page = client.get(url)
        assert not ways_out(url, page), url
        for form in markup.read(page.text).forms if page.status == 200 else ():
            answer = sent(client, url, form, filled(form))
            assert answer.status < 500 and not ways_out(url, answer), url
        client.cookies = dict(cookies)


def test_a_path_comes_out_escaped(client, world: World) -> None:
    for script, pattern, _ in pages():
        way = pattern
        while "{" in way:
            way = way[:way.index("{")] + quote(MARKUP, "") + way[way.index("}") + 1:]
        for path in {f"/{script}{way}".rstrip("/"), f"/{script}/{quote(INJECTED, '')}",
                     f"/{quote(MARKUP, '')}/{script}"}:
            answer = client.get(path)
            assert not has_broken_out(answer), (path, has_broken_out(answer))
            assert answer.status < 500, path


def test_headers_and_cookies_come_out_escaped(client, world: World) -> None:
    headers = {f"HTTP_{name}": MARKUP for name in HEADERS}
    for script, pattern, _ in pages():
        path = address(world, script, pattern)
        for environ in (headers, {"HTTP_COOKIE": f"session={quote(MARKUP)}; a={MARKUP}; flash=x"}):
            answer = client.request("GET", path, environ=environ)
            assert not has_broken_out(answer), (path, has_broken_out(answer))
            assert answer.status < 500, path


def test_what_is_filled_in_comes_out_escaped_where_it_is_refused_and_where_it_is_kept(
    client, world: World
) -> None:
    kept = dict(client.cookies)
    for script, pattern, _ in pages():
        path = address(world, script, pattern)
        page = client.get(path)
        if page.status != 200 or b"<form" not in page.body:
            continue
        for form in markup.read(page.text).forms:
            for text in (MARKUP, INJECTED):
                given = filled(form, text=text)
                answer = sent(client, path, form, given)
                assert not has_broken_out(answer), (path, has_broken_out(answer))
                assert answer.status < 500, path
                if answer.status == 303:
                    after = client.get(answer["Location"])
                    assert not has_broken_out(after), (path, has_broken_out(after))
                client.cookies = dict(kept)
        world.restore()


def test_each_value_of_an_address_has_a_thing_for_it(world: World) -> None:
    assert all(key.startswith("=") or world.ids[key] is not None for key in VALUES.values())
    assert not names("/guestbook")
