"""The static error page: complete, valid and escaped, whatever it is told to say."""
from __future__ import annotations

import subprocess
import sys
from xml.etree.ElementTree import Element

import html5lib
import pytest

from chapbook import errorpage
from chapbook.errors import HTTPError

XHTML = "{http://www.w3.org/1999/xhtml}"


def parsed(html: str) -> Element:
    """The page as a tree; a parse error fails the test."""
    tree: Element = html5lib.HTMLParser(strict=True).parse(html)
    return tree


def words(tree: Element) -> str:
    return " ".join("".join(tree.itertext()).split())


def kinds() -> list[type[HTTPError]]:
    return [HTTPError, *HTTPError.__subclasses__()]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_toolkit_has_a_valid_page(kind: type[HTTPError]) -> None:
    page = errorpage.page(kind.status, kind.title, kind.sentence, stylesheet="/style.css?v=1")
    tree = parsed(page)
    assert tree.get("lang") == "en"
    assert str(kind.status) in words(tree)
    assert kind.title in words(tree) and kind.sentence in words(tree)


def test_markup_in_any_part_stays_text() -> None:
    hostile = """"><script>alert('&')</script>"""
    page = errorpage.page(404, hostile, hostile, request_id=hostile, home=hostile,
                          stylesheet=hostile, icon=hostile)
    tree = parsed(page)
    assert "<script" not in page
    assert not list(tree.iter(f"{XHTML}script"))
    assert words(tree).count(hostile) == 4      # title, heading, sentence and request id
    assert [link.get("href") for link in tree.iter(f"{XHTML}a")] == [hostile]


def test_what_html_has_no_place_for_leaves_the_page_valid_and_encodable() -> None:
    odd = "a\x00b\x0bc\x1bd\x7fe\x85f\ud800g\ufffeh\ufdd0i\U0010ffffj\rk"
    page = errorpage.page(400, odd, odd, request_id=odd)
    parsed(page)
    page.encode("utf-8")


def test_letters_of_all_scripts_and_emoji_are_kept() -> None:
    sentence = "Größe, رسالة, 本, 👩‍👩‍👧"
    assert sentence in words(parsed(errorpage.page(400, "Odd", sentence)))


def test_the_request_id_is_shown_only_when_there_is_one() -> None:
    assert "7f3a9c21" in errorpage.page(500, "Oh", "No.", request_id="7f3a9c21")
    assert "quote" not in errorpage.page(404, "Oh", "No.")


def test_the_stylesheet_is_linked_only_when_there_is_one() -> None:
    assert '<link rel="stylesheet" href="/sub/style.css?v=1">' in errorpage.page(
        404, "Oh", "No.", stylesheet="/sub/style.css?v=1")
    assert "<link" not in errorpage.page(404, "Oh", "No.")


def test_the_icon_is_linked_only_when_there_is_one() -> None:
    page = errorpage.page(404, "Oh", "No.", stylesheet="/style.css", icon="/favicon.svg?v=1&2")
    assert [(link.get("rel"), link.get("href")) for link in parsed(page).iter(f"{XHTML}link")] == [
        ("stylesheet", "/style.css"), ("icon", "/favicon.svg?v=1&2")]
    assert "icon" not in errorpage.page(404, "Oh", "No.", stylesheet="/style.css")


def test_the_page_leads_home_and_is_kept_out_of_search_engines() -> None:
    page = errorpage.page(404, "Oh", "No.", home="/sub/")
    assert 'href="/sub/"' in page and 'content="noindex"' in page


def test_the_page_obeys_the_content_security_policy() -> None:
    page = errorpage.page(500, "Oh", "No.", request_id="1", stylesheet="/style.css")
    assert "<style" not in page and "style=" not in page and "<script" not in page


def test_the_module_imports_nothing() -> None:
    """So that it still works when nothing else does; `future` is the compiler's."""
    program = ("import sys; path = sys.argv[1]; code = compile(open(path).read(), path, 'exec');"
               "before = set(sys.modules); exec(code, {'__name__': 'errorpage'});"
               "print(sorted(set(sys.modules) - before))")
    done = subprocess.run([sys.executable, "-c", program, errorpage.__file__],
                          capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['__future__']")
