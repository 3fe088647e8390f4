"""Addresses below a script: patterns, converters, and what fits none of them."""
from __future__ import annotations

import datetime
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook import Page, Response, Routes, routes

ID = "0123abcd-0123-4567-89ab-0123456789ab"


def say(word: str) -> Page:
    """A page that says the word and the values that it was given."""
    return Page(get=lambda request, **values: Response.json([word, {
        name: str(value) for name, value in values.items()
    }]))


@pytest.fixture
def visit(ask):
    """What a table answers to an address below the script: its JSON, or the status of an error."""
    def made(table: dict[str, Page], rest: str, method: str = "GET", **options: object) -> object:
        answer = ask(Routes(table, **options)).request(method, "/script" + rest, environ={
            "SCRIPT_NAME": "/script", "PATH_INFO": rest.encode().decode("latin-1")})
        return answer.json() if answer.status == 200 and method == "GET" else answer
    return made


def status(answer: object) -> object:
    return getattr(answer, "status", 200)


def test_a_table_maps_addresses_to_pages(visit) -> None:
    table = {"/": say("index"), "/feed": say("feed"), "/a/b": say("deep")}
    assert visit(table, "") == ["index", {}]
    assert visit(table, "/feed") == ["feed", {}]
    assert visit(table, "/a/b") == ["deep", {}]


@pytest.mark.parametrize("rest", [
    "/fee", "/feeds", "/Feed", "/feed/", "/feed/x", "/a", "/x/feed", "/feed%", "/..",
])
def test_what_fits_no_pattern_is_a_404(visit, rest: str) -> None:
    assert status(visit({"/": say("index"), "/feed": say("feed"), "/a/b": say("b")}, rest)) == 404


def test_a_script_without_an_index_is_a_404_at_its_own_address(visit) -> None:
    assert status(visit({"/feed": say("feed")}, "")) == 404
    assert status(visit({"/feed": say("feed")}, "/")) == 404


def test_a_slash_too_many_leads_back_to_the_index(visit) -> None:
    answer = visit({"/": say("index")}, "/")
    assert (answer.status, answer["Location"]) == (301, "/script")


def test_values_become_keyword_arguments_of_their_kind(ask) -> None:
    seen = {}

    def show(request, **values):
        seen.update(values)
        return Response.text("")
    table = {"/{a}/{b:int}/{c:slug}/{d:date}/{e:uuid}/{f:path}": Page(get=show)}
    ask(Routes(table)).request("GET", "/x", environ={
        "SCRIPT_NAME": "/x", "PATH_INFO": f"/A b/7/so-so/2026-11-22/{ID}/g/h.txt"})
    assert seen == {"a": "A b", "b": 7, "c": "so-so", "d": datetime.date(2026, 11, 22),
                    "e": uuid.UUID(ID), "f": "g/h.txt"}


@pytest.mark.parametrize(("converter", "good", "bad"), [
    ("int", ["0", "7", "10", "9" * 18], [
        "-1", "+1", "07", "00", "1_0", "1.0", "1e3", "٣", "３", "²", "x", "9" * 19, "9" * 5000]),
    ("slug", ["a", "a-b-c", "2026", "x" * 200], [
        "A", "a--b", "-a", "a-", "a_b", "a.b", "a b", "é", "ﬀ", "x" * 201, "-", "٣"]),
    ("date", ["2026-11-22", "2024-02-29", "0001-01-01", "9999-12-31"], [
        "2026-2-1", "2026-02-30", "2025-02-29", "20261122", "2026-W47", "2026-11-2２", "0000-01-01",
        "2026/11/22", "+026-11-22", "2026-11-22T00", "x" * 5000]),
    ("uuid", [ID], [ID.upper(), ID.replace("-", ""), "{" + ID + "}", "urn:uuid:" + ID, ID[:-1],
                    ID.replace("0", "٠"), "x" * 36, "0" * 999]),
    ("str", ["a", "A b", "é", "a.b", "...", "%41", ".hidden"], [".", "..", "a/b"]),
    ("path", ["a", "a/b", "a/b.c/..."], ["a/", "..", "a/../b", ".", "a/."]),
])
def test_a_converter_takes_one_spelling_and_refuses_others(visit, converter, good, bad) -> None:
    table = {f"/{{value:{converter}}}": say("fits")}
    assert [text for text in good if visit(table, "/" + text) != ["fits", {"value": text}]] == []
    assert [text for text in bad if status(visit(table, "/" + text)) != 404] == []


@given(st.sampled_from([routes.integer, routes.slug, routes.date, routes.uuid, routes.string,
                        routes.rest]), st.text(max_size=40) | st.text("0123-abc/.", max_size=40))
def test_what_a_converter_takes_is_spelt_just_as_its_value(converter, text: str) -> None:
    try:
        value = converter(text)
    except ValueError:
        return
    assert str(value) == text


def test_a_converter_may_be_added(visit) -> None:
    def isbn(text: str) -> str:
        if len(text) != 13:
            raise ValueError(text)
        return "ISBN " + text
    table = {"/{book:isbn}": say("book")}
    assert visit(table, "/9780000000000", converters={"isbn": isbn}) == [
        "book", {"book": "ISBN 9780000000000"}]
    assert status(visit(table, "/978", converters={"isbn": isbn})) == 404


def test_a_literal_part_is_preferred_whatever_the_order(visit) -> None:
    pages = {"/{a}": say("str"), "/{a:path}": say("path"), "/new": say("new"),
             "/{a:int}/edit": say("edit"), "/new/{b:path}": say("below new")}
    for table in (pages, dict(reversed(pages.items()))):
        assert visit(table, "/new") == ["new", {}]
        assert visit(table, "/old") == ["str", {"a": "old"}]
        assert visit(table, "/7/edit") == ["edit", {"a": "7"}]
        assert visit(table, "/new/edit") == ["below new", {"b": "edit"}]
        assert visit(table, "/x/y") == ["path", {"a": "x/y"}]


def test_of_two_patterns_that_fit_the_first_is_taken(visit) -> None:
    assert visit({"/{n:int}": say("number"), "/{s:slug}": say("slug")}, "/7")[0] == "number"
    assert visit({"/{s:slug}": say("slug"), "/{n:int}": say("number")}, "/7")[0] == "slug"


def test_each_address_has_its_own_methods(visit) -> None:
    numbers = Page(post=lambda request, n: Response.text(str(n)), form=None)
    table = {"/": say("index"), "/{n:int}": numbers}
    assert visit(table, "/7", "POST").text == "7"
    answer = visit(table, "/7")
    assert (answer.status, answer["Allow"]) == (405, "POST, OPTIONS")
    assert visit(table, "", "OPTIONS")["Allow"] == "GET, HEAD, OPTIONS"
    assert visit(table, "/x", "OPTIONS").status == 404


def test_a_handler_that_does_not_take_the_value_is_a_500_that_names_both(visit, log) -> None:
    assert status(visit({"/{topic:int}": Page(get=lambda request: None)}, "/7")) == 500
    assert "unexpected keyword argument 'topic'" in log()[0]


@pytest.mark.parametrize("pattern", [
    "feed", "", "/a//b", "/a/", "/{", "/{}", "/{:int}", "/{a b}", "/{1a}", "/a{b}", "/{a}b",
    "/{a}}", "/{a:int", "/x}", "/{request}", "//",
])
def test_a_pattern_that_is_none_is_refused_when_the_table_is_made(pattern: str) -> None:
    with pytest.raises(ValueError, match="Routes: "):
        Routes({pattern: say("x")})


def test_an_unknown_converter_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="no converter 'integer'; known are int, slug, .*path"):
        Routes({"/{a:integer}": say("x")})


def test_a_path_converter_must_come_last() -> None:
    with pytest.raises(ValueError, match="must come last"):
        Routes({"/{a:path}/edit": say("x")})


def test_two_values_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two values of the name 'a'"):
        Routes({"/{a}/{a}": say("x")})


def test_a_literal_may_be_called_like_a_value(visit) -> None:
    assert visit({"/a/{a}": say("x")}, "/a/b") == ["x", {"a": "b"}]


@pytest.mark.parametrize("page", [say, lambda request: None, None, Routes({}), Page])
def test_what_is_no_page_is_refused_when_the_table_is_made(page: object) -> None:
    with pytest.raises(TypeError, match=r"'/' wants a Page\(...\)"):
        Routes({"/": page})  # type: ignore[dict-item]


def test_a_long_address_takes_linear_time(visit, grows_linearly) -> None:
    table = {"/{a:path}": say("a"), "/x/{b}/y": say("b"), "/{c}/{d:int}/{e:path}": say("c")}
    grows_linearly(lambda rest: visit(table, rest), lambda size: "/x" * size, 10_000)
