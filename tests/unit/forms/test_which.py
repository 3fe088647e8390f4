"""Which form was sent: told by its address, its hidden fields, its buttons and its names."""
from __future__ import annotations

from typing import Any

import pytest

from chapbook.errors import BadRequest, Forbidden
from chapbook.forms import markup, target, which
from chapbook.multidict import MultiDict


def sent(
    text: str, fields: str = "", path: str = "/page", query: str = "", files: str = "",
    base: str | None = None,
) -> str:
    """The id of the form of a page that these fields ("a=1 b=2") came from."""
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in fields.split())]
    uploads: MultiDict[Any] = MultiDict([(name, None) for name in files.split()])
    return which.submitted(markup.read(text), path, query, MultiDict(pairs), uploads,
                           base or path).id


def alike(text: str, path: str | None = "/page") -> list[str]:
    return which.ambiguous(markup.read(text), path, "/page")


TWO = "<form id=a method=post {}>{}</form><form id=b method=post {}>{}</form>"


def two(first: str, second: str, a: str = "", b: str = "") -> str:
    """Two forms, a and b, with these controls and attributes."""
    return TWO.format(a, first, b, second)


# By address

@pytest.mark.parametrize("action", [
    "", "action", "action=''", "action='#top'", "action=/page", "action=page", "action=./page",
    "action=/x/../page", "action='  /page '", "action=/p%61ge", "action=//here.example/page",
    "action=https://here.example/page", "action=/page/", "action='/pa&#10;ge'", "action=\\page",
    "action=/page#x", "action=../../page", "action=HTTP://x/page",
])
def test_the_form_of_the_page_may_write_its_address_in_many_ways(action: str) -> None:
    assert sent(f"<form id=a method=post {action}>") == "a"


@pytest.mark.parametrize("form", [
    "<form id=a>", "<form id=a method=get>", "<form id=a method=dialog>", "",
    "<form id=a method=post action=/other>", "<form id=a method=post action=page/x>",
    "<form id=a method=post action=mailto:page>", "<form id=a method=post action=javascript:page>",
    "<form id=a method=post action='?x=1'>", "<template><form id=a method=post></template>",
    "<!-- <form id=a method=post> -->", "<form id=a method=post action=/Page>",
    "<form id=a method=get><button formmethod=get formaction=/page></button></form>",
])
def test_a_page_without_a_form_for_this_address_receives_none(form: str) -> None:
    with pytest.raises(Forbidden) as caught:
        sent(form)
    assert caught.value.sentence == (
        "This page has no form that could be sent here. Please open it again and look.")
    assert caught.value.detail.startswith("No form of the page is posted to /page")
    with pytest.raises(Forbidden) as caught:
        sent("<form id=a method=post action='forms/contact'>\n<form>")
    assert caught.value.detail.endswith(
        "It has the form 'a' in line 1, method post, action 'forms/contact'")


def test_an_action_is_relative_to_the_page_that_has_it() -> None:
    page = "<form id=a method=post action=send>"
    assert sent(page, path="/club/send", base="/club/") == "a"
    assert sent(page, path="/club/send", base="/club/join.html") == "a"
    with pytest.raises(Forbidden):
        sent(page, path="/club/send", base="/club")


def test_a_page_with_letters_beyond_ascii_has_its_form() -> None:
    for action in ("", "action=/caf\u00e9/m\u00fcnchen", "action=/caf%C3%A9/m\u00fcnchen",
                   "action=m%C3%BCnchen"):
        assert sent(f"<form id=a method=post {action}>", path="/caf\u00e9/m\u00fcnchen",
                    base="/caf%C3%A9/m%C3%BCnchen") == "a"


def test_the_query_of_an_action_tells_forms_apart() -> None:
    page = two("", "", "action='?do=a'", "action='/page?do=b&amp;x=%20'")
    assert sent(page, query="do=a") == "a"
    assert sent(page, query="do=b&x=%20") == "b"
    with pytest.raises(Forbidden):
        sent(page, query="do=c")


def test_a_form_without_action_is_sent_with_the_query_of_its_page() -> None:
    assert sent("<form id=a method=post>", query="page=2") == "a"
    assert sent(two("", "", "", "action=/page"), query="page=2") == "a"
    assert sent(two("", "", "action=/page", "action='?page=2'"), query="page=2") == "b"


def test_the_button_may_say_where_and_how() -> None:
    page = ("<form id=a><button name=do value=x formmethod=POST formaction=/page></button>"
            "<button name=do value=y></button></form>"
            "<form id=b method=post action=/else><button formaction=/page></form>")
    assert sent(page, "do=x") == "a"
    assert sent(page, "") == "b"
    with pytest.raises(Forbidden):
        sent(page.partition("<form id=b")[0], "do=y")


# By what was sent

@pytest.mark.parametrize("first, second, fields, found", [
    ("<input type=hidden name=k value=1>", "<input type=hidden name=k value=2>", "k=1", "a"),
    ("<input type=hidden name=k value=1>", "<input type=hidden name=k value=2>", "k=2", "b"),
    ("<button name=k value=1>", "<button name=k value=2>", "k=2", "b"),
    ("<button name=k value=1>", "<button>", "k=1", "a"),
    ("<button name=k value=1>", "<button>", "", "b"),
    ("<button name=k value=1>", "<button name=l value=1>", "l=1", "b"),
    ("<input type=submit name=k>", "<input type=submit name=l>", "l=Absenden", "b"),
    ("<input type=image name=k>", "<button name=l>", "k.x=1 k.y=2", "a"),
    ("<input name=q>", "<input name=q><input name=r>", "q=", "a"),
    ("<input name=q>", "<input name=q><input name=r>", "q= r=", "b"),
    ("<input name=q>", "<input name=r>", "r=1 junk=2 more=3", "b"),
    ("<input name=q><input type=checkbox name=c>", "<input name=r>", "q=1 c=on", "a"),
    ("<select name=q><option>1</select>", "<textarea name=r></textarea>", "r=", "b"),
    ("<input name=q disabled><input name=r>", "<input name=r><input name=q>", "r=", "a"),
    ("<input type=hidden name=t value=old><input name=q>", "<input name=r>", "t=new q=1", "a"),
    ("<input name=q>", "<input name=q type=hidden value=7>", "q=8", "a"),
    ("<input name=q dirname=d>", "<input name=q>", "q= d=ltr", "a"),
    ("<input name=q>", "<input name=r>", "_once=1 r=", "b"),
    ("<input name=q><button type=reset name=z>", "<input name=r>", "q=1", "a"),
    ("<input type=hidden name=_charset_><input name=q>", "<input name=r>", "_charset_=UTF-8 q=",
     "a"),
    ("<datalist><input name=z></datalist><input name=q>", "<input name=r>", "q=", "a"),
    ("<input name=e\u0301>", "<input name=f>", "\u00e9=1", "a"),
    ("<button name=k value=e\u0301>", "<button name=k value=e>", "k=\u00e9", "a"),
    ("<input type=hidden name=k value=e\u0301>", "<input type=hidden name=k value=e>",
     "k=\u00e9", "a"),
])
def test_the_form_is_the_one_that_sends_this(
    first: str, second: str, fields: str, found: str
) -> None:
    assert sent(two(first, second), fields) == found
    swapped = {"a": "b", "b": "a"}[found]
    assert sent(two(second, first), fields) == swapped


def test_a_form_is_told_by_its_file() -> None:
    page = two("<input type=file name=photo>", "<input name=text>")
    assert sent(page, files="photo") == "a"
    assert sent(two("<input type=file name=photo><input name=q>", "<input name=r>"), "q=1") == "a"


def test_the_only_form_is_found_whatever_was_sent() -> None:
    page = "<form id=a method=post><input name=q><input type=hidden name=k value=1></form>"
    for fields in ("", "q=1", "k=2", "z=1 y=2", "q=1 q=2"):
        assert sent(page, fields) == "a"


def test_two_forms_that_fit_alike_are_a_400_that_names_both() -> None:
    with pytest.raises(BadRequest) as caught:
        sent(two("<input name=q>", "\n<input name=q required>"), "q=1")
    assert "the form 'a' in line 1 and the form 'b' in line 1" in caught.value.detail
    assert "hidden field" in caught.value.detail


def test_of_two_forms_that_are_the_same_the_first_is_taken() -> None:
    page = two("<input name=q required id=x>", "<input name=q required id=y class=z>")
    assert sent(page, "q=1") == "a"
    assert alike(page) == []


# The button

@pytest.mark.parametrize("controls, fields, pressed", [
    ("<button name=do value=x id=1><button name=do value=y id=2>", "do=y", "2"),
    ("<button name=do value=x id=1>", "do=z", None), ("<button id=1>", "", None),
    ("<button name=do value=x id=1 disabled>", "do=x", None),
    ("<button name=do value=x id=1 type=button>", "do=x", None),
    ("<input type=submit name=do id=1>", "do=Senden", "1"),
    ("<input type=submit name=do id=1 value=''>", "do=Senden", None),
    ("<input type=image name=do id=1>", "do.x=1 do.y=1", "1"),
    ("<input type=image id=1>", "x=1 y=1", "1"), ("<input type=image id=1>", "y=1", None),
    ("<button name=do id=1>", "do=", "1"), ("<input name=do value=x>", "do=x", None),
])
def test_the_button_that_was_pressed_is_known_by_what_it_sends(
    controls: str, fields: str, pressed: str | None
) -> None:
    form = markup.read(f"<form>{controls}</form>").forms[0]
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in fields.split())]
    found = which.submitter(form, MultiDict(pairs))
    assert (found.id if found else None) == pressed


# What nobody could tell apart

@pytest.mark.parametrize("first, second", [
    ("<input name=q>", "<input name=q required>"),
    ("<input name=q>", "<input name=q><input type=checkbox name=c>"),
    ("<input name=q><input type=checkbox name=c>", "<input name=q><input type=radio name=r>"),
    ("<input name=a><input type=checkbox name=b>", "<input type=checkbox name=a><input name=b>"),
    ("<input type=hidden name=k value=1>", "<input name=k>"),
    ("<button>One</button><input name=q>", "<button>Two</button><input name=q required>"),
    ("<button name=k value=1></button>", "<input name=k><button></button>"),
    ("<input type=file name=f>", "<input type=checkbox name=g>"),
    ("", "<input type=checkbox name=g>"),
])
def test_forms_that_could_have_sent_the_same_are_told_of(first: str, second: str) -> None:
    for page in (two(first, second), two(second, first)):
        (sentence,) = alike(page)
        assert "'a' in line 1" in sentence and "'b' in line 1" in sentence


@pytest.mark.parametrize("first, second", [
    ("<input name=q>", "<input name=r>"),
    ("<input type=hidden name=k value=1>", "<input type=hidden name=k value=2>"),
    ("<button name=k value=1></button>", "<button name=k value=2></button>"),
    ("<button name=k></button>", "<button></button>"),
    ("<input name=q>", "<input name=q><textarea name=r></textarea>"),
])
def test_forms_that_differ_in_what_they_always_send_are_fine(first: str, second: str) -> None:
    assert alike(two(first, second)) == []
    assert alike(two(second, first)) == []


def test_forms_for_different_addresses_are_fine() -> None:
    assert alike(two("", "<input name=q>", "", "action=/b")) == []
    assert alike(two("", "<input type=checkbox name=q>", "action='?a'", "action='?b'")) == []


def test_forms_for_another_address_are_looked_at_where_all_are_asked_for() -> None:
    page = two("", "<input type=checkbox name=q>", "action=/b", "action=/b")
    assert alike(page) == []
    assert len(alike(page, None)) == 1


def test_a_page_of_many_forms_is_looked_at_in_time(grows_linearly: Any) -> None:
    def page(size: int) -> markup.Document:
        return markup.read("".join(
            f"<form method=post><input type=hidden name=id value={number}><button name=do>x"
            "</button></form>" for number in range(size)))

    def look(document: markup.Document) -> None:
        which.ambiguous(document, "/page", "/page")
        fields = MultiDict([("id", "7"), ("do", "")])
        assert which.submitted(document, "/page", "", fields, MultiDict(), "/page")
    grows_linearly(look, page, 1_000)


@pytest.mark.parametrize("make", [
    lambda size: "/../" * size, lambda size: "/" * size, lambda size: "./" * size,
    lambda size: "%2e" * size, lambda size: "?" * size, lambda size: "a:" * size,
    lambda size: "%" * size,
])
def test_an_action_is_resolved_in_proportion(grows_linearly: Any, make: Any) -> None:
    grows_linearly(lambda action: target.resolved(action, "/page"), make, 100_000)
