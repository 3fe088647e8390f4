"""The traceback page: what it tells, what it masks, and that nothing can break it."""
from __future__ import annotations

import base64
import hashlib
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import jinja2
import pytest

from chapbook import debugpage, frames
from chapbook.errors import ServerError

XHTML = "{http://www.w3.org/1999/xhtml}"
SCRIPT = "<script>alert('x')</script>"


def caught(work: Callable[[], object]) -> BaseException:
    """The exception that the work raises."""
    with pytest.raises(BaseException) as info:
        work()
    return info.value


def ran(source: str, path: Path, **names: Any) -> BaseException:
    """The exception that a script at that path raises when it is run."""
    path.write_text(source, encoding="utf-8")
    return caught(lambda: exec(compile(source, str(path), "exec"), {"__name__": "script", **names}))


def page(exc: BaseException, **details: dict[str, str]) -> tuple[str, Element]:
    """The page, and its tree; a parse error fails the test."""
    html, _ = debugpage.page(exc, request_line="GET /guestbook?page=2", request_id="7f3a9c21",
                             details=details)
    html.encode("utf-8")
    tree: Element = html5lib.HTMLParser(strict=True).parse(html)
    assert not list(tree.iter(f"{XHTML}script"))
    return html, tree


def words(tree: Element | None) -> str:
    return " ".join("".join(tree.itertext()).split()) if tree is not None else ""


def found(tree: Element, tag: str, name: str = "") -> list[str]:
    """The text of each element of that tag and class, in order."""
    return [words(one) for one in tree.iter(XHTML + tag) if not name or one.get("class") == name]


def test_the_exception_and_its_message_come_first() -> None:
    _, tree = page(caught(lambda: int("twelve")))
    assert found(tree, "h1") == ["ValueErrorinvalid literal for int() with base 10: 'twelve'"]
    text = words(tree.find(f"{XHTML}body"))
    assert "GET /guestbook?page=2" in text and "7f3a9c21" in text


def test_the_failing_line_is_shown_among_its_neighbours_with_its_columns(tmp_path: Path) -> None:
    source = "one = {}\ntwo = 'größer 🦊'; three = one['four'] + two\nfive = 5\n"
    _, tree = page(ran(source, tmp_path / "script.py"))
    assert found(tree, "li", "failing")[0] == "2two = 'größer 🦊'; three = one['four'] + two"
    assert "one['four']" in found(tree, "mark")
    assert "1one = {}" in found(tree, "li") and "3five = 5" in found(tree, "li")


def test_a_statement_of_several_lines_is_marked_on_each(tmp_path: Path) -> None:
    _, tree = page(ran("x = 1 + max(\n    1,\n    'two',\n)\n", tmp_path / "script.py"))
    assert found(tree, "li", "failing")[:4] == ["1x = 1 + max(", "2 1,", "3 'two',", "4)"]
    assert found(tree, "mark")[0] == "max("


def test_locals_are_listed_with_their_values(tmp_path: Path) -> None:
    source = "def f(name):\n    size = 12\n    return name.nope\nf('Ann')\n"
    _, tree = page(ran(source, tmp_path / "script.py"))
    rows = [words(row) for row in tree.iter(f"{XHTML}tr")]
    assert "name'Ann'" in rows and "size12" in rows


def test_markup_stays_text_in_message_locals_source_path_and_request(tmp_path: Path) -> None:
    folder = tmp_path / "<script>alert('x')<"
    (folder / "script>").mkdir(parents=True)
    source = f'value = "{SCRIPT}"\ndef f(a):\n    raise ValueError(a)\nf(value)\n'
    exc = ran(source, folder / "script>" / "page.py")
    exc.add_note(SCRIPT)
    html, tree = page(exc, **{SCRIPT: {SCRIPT: SCRIPT}})
    assert "<script" not in html
    assert words(tree.find(f"{XHTML}body")).count(SCRIPT) > 6


class Broken:
    """A value that fails however it is looked at."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no " + name)

    def __dir__(self) -> list[str]:
        raise RuntimeError("no dir")


class Leaving:
    """A value that ends the program when it is looked at."""

    def __repr__(self) -> str:
        raise SystemExit(3)


class Unprintable(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no str")


def test_a_value_whose_repr_raises_is_told_as_such_and_hides_no_neighbour() -> None:
    def work(broken: Broken, leaving: Leaving) -> None:
        held = [1, broken, {"key": leaving}]
        raise ValueError(len(held))

    _, tree = page(caught(lambda: work(Broken(), Leaving())))
    text = words(tree)
    assert "<Broken, whose repr raised RuntimeError>" in text
    assert "[1, <Broken, whose repr raised RuntimeError>, {'key': <Leaving," in text


def test_an_exception_that_cannot_be_printed_has_a_page() -> None:
    def work() -> None:
        raise Unprintable

    _, tree = page(caught(work))
    assert "its str raised RuntimeError" in found(tree, "h1")[0]


def test_looking_for_a_better_name_does_not_trust_the_object() -> None:
    def work() -> None:
        raise AttributeError("odd", name="odd", obj=Broken())

    assert not [one for one in found(page(caught(work))[1], "p") if "Did you mean" in one]


def test_a_misspelt_name_gets_a_suggestion() -> None:
    def work(entries: list[int]) -> object:
        return entires  # type: ignore[name-defined]  # noqa: F821

    assert "Did you mean entries?" in found(page(caught(lambda: work([])))[1], "p")
    misspelt = caught(lambda: [].apend(1))  # type: ignore[attr-defined]
    assert "Did you mean append?" in found(page(misspelt)[1], "p")


def test_secrets_are_masked_by_their_names() -> None:
    def work(password: str, db_passwd: bytes, api_key: str, token: None) -> None:
        form = {"user": "Ann", "password": "geheim-1", "more": [("token", "geheim-2")]}
        body = b"name=Ann&password=geheim-3&page=2"
        settings = types.SimpleNamespace(host="localhost", password="geheim-4 'quoted'")
        raise ValueError(f"{form.get('x')} {len(body)} {settings.host} password='geheim-5'")

    exc = caught(lambda: work("geheim-6", b"geheim-7", "geheim-8", None))
    _, tree = page(exc, Headers={"Cookie": "sid=geheim-9", "Authorization": "Basic geheim-10"},
                   Request={"QUERY_STRING": "token=geheim-11&page=2"})
    # What the source of this file says is source, not a value.
    held = " ".join(found(tree, "td") + found(tree, "h1"))
    assert "geheim" not in held
    assert held.count(frames.MASK) >= 11
    assert "Ann" in held and "localhost" in held and "page=2" in held
    assert "tokenNone" in [words(row) for row in tree.iter(f"{XHTML}tr")]


def test_the_request_line_is_masked_too() -> None:
    html, _ = debugpage.page(ValueError("x"), request_line="GET /reset?token=geheim",
                             request_id="1", details={})
    assert "geheim" not in html


def test_causes_and_contexts_are_told_in_order_and_only_once() -> None:
    def work() -> None:
        try:
            try:
                int("one")
            except ValueError as first:
                raise KeyError("two") from first
        except KeyError as second:
            error = RuntimeError("three")
            second.__cause__.__context__ = error  # type: ignore[union-attr]  # a ring
            raise error

    _, tree = page(caught(work))
    assert found(tree, "h1") == ["RuntimeErrorthree"]
    assert found(tree, "h2")[1:3] == [
        "KeyErrorthere is no key 'two'", "ValueErrorinvalid literal for int() with base 10: 'one'"]
    text = words(tree)
    assert text.index("while this was handled:") < text.index("because of this:")


def test_raise_from_none_hides_what_was_handled() -> None:
    def work() -> None:
        try:
            int("one")
        except ValueError:
            raise KeyError("two") from None

    assert len(frames.troubles(caught(work))) == 1


def test_the_exceptions_of_a_group_are_told() -> None:
    def work() -> None:
        raise ExceptionGroup("both", [ValueError("left"), KeyError("right")])

    _, tree = page(caught(work))
    assert {"ValueErrorleft", "KeyErrorthere is no key 'right'"} <= set(found(tree, "h2"))


def test_notes_and_the_detail_for_the_owner_are_shown() -> None:
    def work() -> None:
        raise ServerError(detail="Table 'x' is missing: run ./chapbook migrate")

    exc = caught(work)
    exc.add_note("While the guestbook was read.")
    text = words(page(exc)[1])
    assert "run ./chapbook migrate" in text and "While the guestbook was read." in text


def test_an_endless_recursion_is_shown_with_its_ends_only() -> None:
    def work(depth: int) -> int:
        return work(depth + 1)

    html, tree = page(caught(lambda: work(0)))
    assert len(found(tree, "ol", "source")) == frames.INNERMOST + frames.OUTERMOST
    assert "are left out" in words(tree)
    assert len(html) < 400_000


def test_a_syntax_error_shows_the_source_that_could_not_be_compiled(tmp_path: Path) -> None:
    exc = ran("import os\n\n\ndef f(:\n    pass\n", tmp_path / "script.py")
    _, tree = page(exc)
    assert found(tree, "h1") == ["SyntaxErrorinvalid syntax"]
    assert found(tree, "li", "failing")[0] == "4def f(:"
    assert found(tree, "mark")[0] == ":"


def test_a_syntax_error_in_text_that_is_no_file_is_shown_too() -> None:
    _, tree = page(caught(lambda: compile("x = = 1", "<form>", "exec")))
    assert found(tree, "li", "failing")[0] == "1x = = 1"


def test_a_template_is_shown_where_it_failed_without_the_names_every_template_has(
    tmp_path: Path,
) -> None:
    (tmp_path / "page.html").write_text("<h1>{{ title }}</h1>\n<p>{{ entry.nmae }}</p>\n")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(tmp_path), undefined=jinja2.StrictUndefined, autoescape=True)
    template = environment.get_template("page.html")
    _, tree = page(caught(lambda: template.render(title="Hello", entry={"name": "Ann"})))
    assert "2<p>{{ entry.nmae }}</p>" in found(tree, "li", "failing")
    rows = [words(row) for row in tree.iter(f"{XHTML}tr")]
    assert "title'Hello'" in rows and not any(row.startswith("lipsum") for row in rows)


def test_library_calls_are_folded_and_ours_are_open(tmp_path: Path) -> None:
    exc = ran("import json\njson.loads('{not json')\n", tmp_path / "script.py")
    html, tree = page(exc)
    folded = [one for one in tree.iter(f"{XHTML}details") if one.get("class") == "fold"]
    assert "json/decoder.py" in words(folded[0]) and folded[0].get("open") is None
    assert "script.py" not in words(folded[0])
    assert html.index("json/decoder.py") < html.index("script.py")      # the newest comes first


def test_an_exception_that_was_never_raised_has_a_page() -> None:
    assert "never raised" in words(page(ValueError("x"))[1])


def test_characters_that_html_has_no_place_for_are_spelt() -> None:
    odd = "a\x00b\x1bc\ud800d\ufffee\U0010fffff\u202eg\x85h"

    def work() -> None:
        raise ValueError(odd)

    _, tree = page(caught(work), Request={odd: odd})
    assert r"a\x00b\x1bc\ud800d\ufffee\U0010fffff\u202eg\x85h" in found(tree, "h1")[0]


def test_long_values_and_deep_ones_are_cut() -> None:
    deep: list[object] = []
    for _ in range(500):
        deep = [deep] * 50

    def work(text: str, numbers: list[int], deep: object) -> None:
        raise ValueError("x" * 1_000_000)

    html, tree = page(caught(lambda: work("y" * 1_000_000, list(range(100_000)), deep)))
    assert len(html) < 400_000
    assert "… 99,960 more]" in words(tree)


def test_masking_is_quick_however_long_the_text_is() -> None:
    """A pattern that went over the text again and again would take minutes for these."""
    for text in ("password" * 20_000, "a" * 200_000, "token=" * 20_000, "token='" + "\\'" * 50_000):
        frames.without_secrets(text)


def test_the_style_is_the_only_one_and_its_hash_is_right() -> None:
    html, source = debugpage.page(ValueError("x"), request_line="", request_id="", details={})
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert len(styles) == 1 and source == f"sha256-{digest}"
    assert "style=" not in html


def test_the_traceback_can_be_copied_as_text() -> None:
    _, tree = page(caught(lambda: int("x")))
    text = found(tree, "textarea")[0]
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ValueError: invalid literal for int() with base 10: 'x'")
