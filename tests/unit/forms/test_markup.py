"""The forms of a page: which controls they own, their values, and where they stand."""
from __future__ import annotations

from typing import Any

import pytest

from chapbook.forms import markup
from chapbook.forms.markup import Control, Form

from tests.unit.forms.html5 import expected


def form(text: str) -> Form:
    """The first form of a page."""
    return markup.read(text).forms[0]


def control(text: str) -> Control:
    """The only control of a page."""
    (found,) = markup.read(text).controls
    return found


def names(form: Form) -> list[str]:
    return [control.name for control in form.controls]


def piece(text: str, thing: Any) -> str:
    return text[thing.start:thing.stop]


# Forms

def test_a_form_says_where_and_how_it_is_sent() -> None:
    found = form('<form id=f name=n action=" /sign?a=1&amp;b=2 " METHOD=Post '
                 'enctype="Multipart/Form-Data">')
    assert (found.id, found.name, found.action) == ("f", "n", "/sign?a=1&b=2")
    assert (found.method, found.enctype) == ("post", "multipart/form-data")


@pytest.mark.parametrize("attributes, method", [
    ("", "get"), ("method=get", "get"), ("method=put", "get"), ("method=DIALOG", "dialog"),
    ("method='post '", "get"),
])
def test_a_method_that_does_not_exist_is_get(attributes: str, method: str) -> None:
    found = form(f"<form {attributes}>")
    assert (found.method, found.action) == (method, None)
    assert found.enctype == "application/x-www-form-urlencoded"


def test_a_form_goes_from_its_start_tag_to_after_its_end_tag() -> None:
    text = "x<form id=a>y<input name=b>z</form >w<form>open"
    first, second = markup.read(text).forms
    assert piece(text, first) == "<form id=a>y<input name=b>z</form >"
    assert text[first.open_stop:first.stop].startswith("y")
    assert piece(text, second) == "<form>open"


def test_a_form_in_a_form_does_not_exist() -> None:
    page = markup.read("<form id=a><input name=x><form id=b><input name=y></form><input name=z>")
    (found,) = page.forms
    assert names(found) == ["x", "y"]
    assert [each.form for each in page.controls] == [found, found, None]


def test_a_form_in_a_table_owns_what_comes_before_its_end_tag() -> None:
    found = form(
        "<table><form><tr><td><input name=a></td></tr></form><tr><td><input name=b></table>")
    assert names(found) == ["a"]


def test_a_form_that_its_parent_ends_owns_on_until_its_end_tag() -> None:
    found = form("<div><form></div><input name=a><p></form><input name=b>")
    assert names(found) == ["a"]


@pytest.mark.parametrize("text, owner", [
    ("<input form=f><form id=f></form>", "f"),
    ("<form id=f></form><input form=f>", "f"),
    ("<form id=g><input form=f></form><form id=f></form>", "f"),
    ("<form id=g><input form=nobody></form>", None),
    ("<form id=g><input form=''></form>", None),
    ("<form id=g><input form=d></form><div id=d></div>", None),
    ("<div id=f></div><input form=f><form id=f></form>", None),
    ("<form id=f></form><form id=f></form><input form=f>", "f"),
    ("<form id=g><select form=f></select></form><form id=f></form>", "f"),
    ("<input><form id=g></form>", None),
])
def test_a_control_may_name_its_form_wherever_that_is(text: str, owner: str | None) -> None:
    found = control(text)
    assert (found.form.id if found.form else None) == owner
    if found.form:
        assert found in found.form.controls


@pytest.mark.parametrize("text, owned", [
    ("<form><div><input name=a></form><input name=b></div><input name=c>", "ab"),
    ("<form><div></form><form><input name=a></form><input name=b></div>", "b"),
    ("<form><b></form><input name=a></b><input name=b>", "a"),
    ("<form><div></div></form><input name=a>", ""),
    ("<form><p></form><p><input name=a>", ""),
    ("<p><form><div><span></form><input name=a><div><input name=b></div></p><input name=c>", "abc"),
])
def test_what_is_inside_of_an_ended_form_belongs_to_it(text: str, owned: str) -> None:
    assert "".join(names(form(text))) == owned


def test_controls_are_in_the_order_of_the_page() -> None:
    found = form("<input form=f name=a><form id=f><input name=b></form><button form=f name=c>")
    assert names(found) == ["a", "b", "c"]


# What is no control

@pytest.mark.parametrize("text", [
    "<!-- <input> -->", "<!--><!-- <input> -->", "<!-- <input> --!", "<!-- > <input> -- > -->",
    "<script>'<input>'</script>", "<style><input></style>", "<title><input></title>",
    "<xmp><input></xmp>", "<iframe><input></iframe>", "<script><input></scripts></script>",
    "<script><!-- <script></script><input> --></script>", "<plaintext><input>",
    "<template><input><template></template><input></template>", "<svg><input></svg>",
    "<!doctype <input>", "<! <input>", "<?php <input>", "</ <input>", "<a title='<input>'>",
    '<a title="<input>', "<input", "<input name='a>", "<input name=a", "< input>", "<1input>",
    "<object name=a></object><output name=b></output><meter></meter><progress></progress>",
    "<math><input></math>", "<svg><![CDATA[<input>]]></svg>",
    "<form><select><button></button></select></form>",
])
def test_what_only_looks_like_a_control_is_none(text: str) -> None:
    page = markup.read(text)
    assert [each for each in page.controls if each.element != "select"] == []


@pytest.mark.parametrize("text", [
    "<!--><input>", "<!---><input>", "<!----><input>", "<!-- --!><input>", "<!----!><input>",
    "<!-- <!-- --><input>", "</><input>", "<script><!--</script><input>",
    "<script><!-- <script> </script> --></script><input>", "<script><!--><script></script><input>",
    "<SCRIPT></ScRiPt\n><input>", "<![CDATA[><input>]]>", "<noscript><input></noscript>",
    "<svg/><input>", "<div><svg></div><input>", "<form><svg><g></form><input>",
    "<svg><script/></svg><input>", "<svg><title/><path></svg><input>",
    "<svg><foreignObject><input></foreignObject></svg>", "<svg><p><input>", "<p/><input/>",
    "<svg><style>.a</style></svg><textarea></textarea>", "<template></template><input>",
    "</template><input>", "<a b='c'd=\"e\"/ f = g><INPUT\n>", "<a b= ><input>", "<a =b=c><input>",
    "<a 'b\"><input>", "<textarea></textareas></textarea>", "<select><input>"
])
def test_a_control_is_found_behind_odd_markup(text: str) -> None:
    assert [each for each in markup.read(text).controls if each.element != "select"]


# Attributes

@pytest.mark.parametrize("source, value", [
    ('"a&amp;b"', "a&b"), ("'&quot;&#39;'", "\"'"), ("a&lt;b", "a<b"), ('"&copy=1"', "&copy=1"),
    ('"&copyx"', "&copyx"), ('"&copy1"', "&copy1"), ('"&copy;"', "©"), ('"&copy x"', "© x"),
    ('"&copy"', "©"), ('"?a=1&lang=2&reg=3&notin;"', "?a=1&lang=2&reg=3∉"),
    ('"&notit;"', "&notit;"), ('"&ampamp;"', "&ampamp;"), ('"&amp"', "&"), ('"&amp&amp"', "&&"),
    ('"&"', "&"),
    ('"&#65;&#x41;&#X41;&#65"', "AAAA"), ('"&#;&#x;&#xg;&#a;"', "&#;&#x;&#xg;&#a;"),
    ('"&#0;&#xD800;&#x110000;&#99999999999999999999;"', "\ufffd" * 4),
    ('"&#128;&#x9f;&#x81;"', "€Ÿ\x81"), ('"&#xFDD0;"', "\ufdd0"), ('"&#0065;x"', "Ax"),
    ('"&NotEqualTilde;&nosuch;"', "≂̸&nosuch;"), ('"&CounterClockwiseContourIntegral;"', "∳"),
    ('"1\r\n2\r3"', "1\n2\n3"), ('"a\0b"', "a\ufffdb"), ("a/", "a/"), ("=a", "=a"),
    ('a"b\'c', 'a"b\'c'), ('"\n a "', "\n a "), ("", ""),
    ('"&Eacute;&eacute&eacute="', "Éé&eacute="),
])
def test_an_attribute_has_the_value_that_browsers_give_it(source: str, value: str) -> None:
    text = f"<input data-n=1 value={source} >"
    assert control(text).default == value
    assert expected(text)["1"]["default"] == value


def test_the_first_of_two_attributes_counts() -> None:
    found = control("<input NAME=a name=b Value=1 value=2>")
    assert found.attributes == {"name": "a", "value": "1"}


def test_the_names_of_tags_and_attributes_have_no_case_in_ascii_alone() -> None:
    found = control("<INPUT TYPE=CHECKBOX \u212aey=1>")
    assert (found.type, found.attributes) == ("checkbox", {"type": "CHECKBOX", "\u212aey": "1"})
    assert control("<input type=chec\u212abox>").type == "text"
    assert not markup.read("<lin\u212a><\u0131nput>").controls


def test_a_tag_knows_where_its_attributes_stand() -> None:
    text = "<p a=1 B = 'x y'\tc c=2 d= e=\"&amp;\"></p x=1><br / >"
    start, end, br = markup.tags(text)
    assert {name: text[slice(*span)] for name, span in start.spans.items()} == {
        "a": "a=1", "b": "B = 'x y'", "c": "c", "d": 'd= e="&amp;"'}
    assert start.attributes == {"a": "1", "b": "x y", "c": "", "d": 'e="&"'}
    assert piece(text, end) == "</p x=1>" and end.is_end
    assert br.name == "br" and not br.self_closing


@pytest.mark.parametrize("text, closing", [
    ("<br/>", True), ("<br />", True), ("<br a/>", True), ("<br a=''/>", True),
    ("<br a=b/>", False), ("<br / >", False), ("<br/a>", False), ("<br>", False),
])
def test_a_tag_knows_whether_it_closes_itself(text: str, closing: bool) -> None:
    (tag,) = markup.tags(text)
    assert tag.self_closing is closing


# Controls

@pytest.mark.parametrize("text, kind", [
    ("<input>", "text"), ("<input type=''>", "text"), ("<input type=Email>", "email"),
    ("<input type=datetime>", "text"), ("<input type=' email'>", "text"),
    ("<input type=datetime-local>", "datetime-local"), ("<button>", "submit"),
    ("<button type=x>", "submit"), ("<button type=RESET>", "reset"),
    ("<button type=button>", "button"), ("<button commandfor=x>", "button"),
    ("<button command=close type=submit>", "submit"), ("<select></select>", "select-one"),
    ("<select multiple></select>", "select-multiple"), ("<textarea></textarea>", "textarea"),
])
def test_a_control_has_the_type_that_the_standard_gives_it(text: str, kind: str) -> None:
    assert control(text).type == kind


@pytest.mark.parametrize("text, default", [
    ("<textarea>\na</textarea>", "a"), ("<textarea>\n\na</textarea>", "\na"),
    ("<textarea>\r\na\r\nb\rc</textarea>", "a\nb\nc"), ("<textarea>&#10;a</textarea>", "a"),
    ("<textarea>a&lt;b&copyx<p></textarea>", "a<b©x<p>"), ("<textarea> a </TEXTAREA >", " a "),
    ("<textarea><!-- a --></textarea>", "<!-- a -->"), ("<textarea>a</textarea", "a</textarea"),
    ("<textarea value=b>", ""), ("<textarea>a<b", "a<b"), ("<textarea>a\0</textarea>", "a\ufffd"),
])
def test_a_textarea_has_its_text_as_its_value(text: str, default: str) -> None:
    found = control(text)
    assert found.default == default
    assert text[slice(*found.content or ())] == text[found.tag.stop:found.content[1]]


def test_elements_know_where_they_end() -> None:
    text = ("<form><input name=a>b<textarea name=c>d</textarea >e<select name=f><option>g</select>"
            "<button name=h>i</button><select name=j><option>k<input name=l><button>m")
    assert [piece(text, each) for each in form(text).controls] == [
        "<input name=a>", "<textarea name=c>d</textarea >",
        "<select name=f><option>g</select>", "<button name=h>i</button>",
        "<select name=j><option>k", "<input name=l>", "<button>m"]
    contents = [each.content and text[slice(*each.content)] for each in form(text).controls]
    assert contents == [None, "d", "<option>g", None, "<option>k", None, None]


def test_options_have_values_labels_and_places() -> None:
    text = ("<select><option value=1 selected> One <option>Two\n and <b>a</b><!-- --> half</option>"
            "<option label=L value=''>x<option label=''>Four&amp;<hr><option disabled>&nbsp;5"
            "</select>")
    options = control(text).options
    assert [each.value for each in options] == ["1", "Two and a half", "", "Four&", "\xa05"]
    assert [each.label for each in options] == ["One", "Two and a half", "L", "Four&", "\xa05"]
    assert [each.selected for each in options] == [True, False, False, False, False]
    assert [each.disabled for each in options] == [False] * 4 + [True]
    assert piece(text, options[0]) == "<option value=1 selected> One "
    assert piece(text, options[1]).endswith("half</option>")


def test_the_options_of_a_disabled_group_are_disabled() -> None:
    options = control("<select><option>a<optgroup disabled><option>b</option><option>c<optgroup>"
                      "<option>d</optgroup><optgroup disabled><option>e</optgroup><option>f"
                      "<optgroup disabled><option>g<hr><option>h</select>").options
    assert "".join(each.value for each in options if each.disabled) == "bceg"


def test_options_of_a_datalist_are_of_no_select() -> None:
    page = markup.read("<datalist><option>a<input name=b></datalist><input name=c><option>d")
    assert [(each.in_datalist, each.options) for each in page.controls] == [(True, []), (False, [])]


@pytest.mark.parametrize("text, disabled", [
    ("<input disabled=false>", True), ("<fieldset disabled><input>", True),
    ("<fieldset disabled></fieldset><input>", False), ("<fieldset><input>", False),
    ("<fieldset disabled><legend><input></legend>", False),
    ("<fieldset disabled><legend></legend><legend><input></legend>", True),
    ("<fieldset disabled><div><legend><input></legend></div>", True),
    ("<fieldset disabled><p></p><legend><b><input></legend>", False),
    ("<fieldset disabled><legend></legend><input>", True),
    ("<fieldset disabled><fieldset><legend><input>", True),
    ("<fieldset disabled><legend><fieldset><input>", False),
    ("<fieldset disabled><legend><fieldset disabled><input>", True),
    ("<fieldset disabled><legend><fieldset disabled><legend><input>", False),
    ("<fieldset disabled><legend><fieldset disabled></fieldset><input>", False),
    ("<fieldset disabled><form></form><input>", True),
    ("<form><fieldset disabled></form><input>", True),
    ("<div><fieldset disabled></div><input>", False),
    ("<table><tr><td><fieldset disabled><td><input></table>", False),
    ("<fieldset disabled><table><tr><td><input></table>", True),
    ("<fieldset disabled></p></div></span><input>", True),
    ("<b><fieldset disabled></b><input>", True),
    ("<template><fieldset disabled></template><input>", False),
    ("<svg><fieldset disabled></fieldset></svg><input>", False),
    ("<fieldset disabled><svg><g><a></a></g></svg><input>", True),
    ("<a><fieldset disabled><svg><a></a></svg><input>", True),
])
def test_a_fieldset_disables_all_but_its_first_legend(text: str, disabled: bool) -> None:
    assert control(text).disabled is disabled


def test_what_applies_to_some_types_alone_is_told_for_those() -> None:
    every = "required readonly multiple"
    found = {each.type: (each.required, each.readonly, each.multiple) for each in markup.read(
        "".join(f"<input type={kind} {every}>" for kind in sorted(markup.INPUT_TYPES))
        + f"<select {every}></select><textarea {every}></textarea><button {every}>").controls}
    assert {kind for kind, (required, _, _) in found.items() if not required} == {
        "hidden", "range", "color", "submit", "image", "reset", "button"}
    assert {kind for kind, (_, readonly, _) in found.items() if readonly} == {
        "text", "search", "url", "tel", "email", "password", "date", "month", "week", "time",
        "datetime-local", "number", "textarea"}
    assert {kind for kind, (_, _, multiple) in found.items() if multiple} == {
        "email", "file", "select-multiple"}


# The rest of the page

def test_an_output_says_of_which_fields_it_speaks() -> None:
    text = "<form><output for='a  b' id=o>x</output ></form><output>open"
    first, second = markup.read(text).outputs
    assert (first.names, second.names) == (["a", "b"], [])
    assert first.form is not None and first.form.tag.start == 0
    assert second.form is None
    assert text[slice(*first.content)] == "x" and text[:first.stop].endswith("</output >")
    assert text[slice(*second.content)] == "open"


def test_every_id_of_the_page_is_known() -> None:
    page = markup.read("<p id=a><form id=b><input id=c><select id=d><option id=e></select>"
                       "<template><p id=f></template><svg id=g></svg><!-- <p id=h> -->"
                       "<p id='i&amp;j' ID=k>")
    assert page.ids == {"a", "b", "c", "d", "e", "f", "g", "i&j"}
