"""A form comes back filled in, with what is wrong where it is wrong, and else as it was written."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms import choices, markup, refill, wording
from chapbook.forms.edits import Edits
from chapbook.multidict import MultiDict

HEAD = '<!doctype html>\n<html lang="en"><head><title>A form</title></head><body>\n'
FORM = '<form method="post" action="/join">'


def filled(inside: str, *sent: tuple[str, str], faults: dict[str, str] | None = None,
           general: list[str] | None = None, files: tuple[str, ...] = ()) -> str:
    """The refilled form of a page; what is inside of it after the summary."""
    document = markup.read(page(inside))
    text = refill.refilled(document, document.forms[0], MultiDict(sent), faults or {},
                           general or [], files)
    parsed(text)
    return text.partition("</div>")[2].partition("</form>")[0]


def summary(inside: str, *sent: tuple[str, str], **given: Any) -> str:
    """The summary of a refilled form."""
    document = markup.read(page(inside))
    faults, general = given.pop("faults", {}), given.pop("general", [])
    text = refill.refilled(document, document.forms[0], MultiDict(sent), faults, general, **given)
    return text.partition('<div class="errors"')[2].partition("</div>")[0]


def page(inside: str) -> str:
    return f"{HEAD}{FORM}{inside}</form></body></html>"


def parsed(text: str) -> Any:
    """The tree of a text without any parse error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


# Values

def test_a_text_goes_back_into_its_field() -> None:
    assert filled('<input name="a">', ("a", "Ann")) == '<input value="Ann" name="a">'


def test_a_value_takes_the_place_of_the_authors_own() -> None:
    assert filled("<input value='x' name=a>", ("a", "Ann")) == '<input value="Ann" name=a>'


def test_what_was_not_changed_is_not_touched() -> None:
    for inside in ("<input value='x' name=a>", "<textarea name=a>\nx</textarea>",
                   "<select name=a><option>w<option selected>x</select>",
                   "<select name=a><option>x<option>y</select>",
                   "<input type=checkbox name=a value=x checked>"):
        assert filled(inside, ("a", "x")) == inside


@pytest.mark.parametrize("hostile", [
    '"><script>alert(1)</script>', "</textarea><script>", "' onfocus='x", "&lt;&quot;&#34;&amp",
    "<!-- ", "]]>", "\\", "{{ 7 * 7 }}"])
def test_what_was_sent_stays_text(hostile: str) -> None:
    inside = '<input name="a"><textarea name="b"></textarea>'
    text = filled(inside, ("a", hostile), ("b", hostile))
    controls = markup.read(page(text)).forms[0].controls
    assert [control.default for control in controls] == [hostile, hostile]
    assert [tag.name for tag in markup.tags(text)] == ["input", "textarea", "textarea"]


def test_an_empty_text_goes_back_as_well() -> None:
    assert filled('<input name="a" value="x">', ("a", "")) == '<input name="a" value="">'


def test_a_text_that_did_not_come_at_all_keeps_its_default() -> None:
    inside = '<input name="a" value="x"><textarea name="b">y</textarea><input name="c" value="z">'
    assert filled(inside, ("c", "z")) == inside


def test_several_fields_of_one_name_get_their_values_in_order() -> None:
    assert filled('<input name="a"><input type="hidden" name="a" value="-"><input name="a">',
                  ("a", "1"), ("a", "-"), ("a", "2")) == (
        '<input value="1" name="a"><input type="hidden" name="a" value="-">'
        '<input value="2" name="a">')


@pytest.mark.parametrize("inside", [
    '<input type="password" id="a" name="a" value="x">', '<input type="file" name="a">',
    '<input type="hidden" name="a" value="x">', '<input readonly name="a" value="x">',
    '<textarea readonly name="a">x</textarea>', '<input disabled name="a" value="x">',
    '<fieldset disabled><input name="a" value="x"></fieldset>',
    '<datalist id="d"><input name="a" value="x"></datalist>', '<input name="" value="x">',
    '<input type="submit" name="a" value="x">', '<button name="a" value="x">x</button>',
    '<input type="reset" name="a" value="x">', '<input type="image" alt="x" src="x" name="a">',
    '<button type="button" name="a" value="x">x</button>',
])
def test_secrets_files_and_what_a_visitor_cannot_change_are_never_filled_in(inside: str) -> None:
    assert filled(inside, ("a", "sent"), ("", "sent")) == inside


def test_a_choice_and_a_text_of_one_name_each_get_what_they_sent() -> None:
    inside = ('<input type="radio" name="a" value="red"><input type="radio" name="a" value="other">'
              '<input name="a"><input type="hidden" name="b" value="0">'
              '<input type="checkbox" name="b" value="1">')
    text = filled(inside, ("a", "other"), ("a", "blue"), ("b", "0"), ("b", "1"))
    assert text == inside.replace(
        '<input type="radio" name="a" value="other">',
        '<input checked type="radio" name="a" value="other">').replace(
        '<input name="a">', '<input value="blue" name="a">').replace(
        '<input type="checkbox"', '<input checked type="checkbox"')


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    sent = "pr\u00e9nom", "Zoe"
    text = filled('<input name="pre\u0301nom">', sent, faults={"pr\u00e9nom": "No."})
    assert 'value="Zoe"' in text and "No." in text


def test_a_textarea_keeps_every_line_break() -> None:
    for value in ("\n", "\nx", "x\n", "\n\nx", "x\ny"):
        for inside in ("<textarea name=a></textarea>", "<textarea name=a>\nold</textarea>"):
            text = filled(inside, ("a", value))
            assert markup.read(page(text)).forms[0].controls[0].default == value


def test_checkboxes_and_radio_buttons_are_as_they_were_chosen() -> None:
    inside = ('<input type=checkbox name=c value=1><input type=checkbox name=c value=2 checked>'
              '<input type=radio name=r value=1 checked><input type=radio name=r value=2>')
    assert filled(inside, ("c", "1"), ("r", "2")) == (
        '<input checked type=checkbox name=c value=1><input type=checkbox name=c value=2>'
        '<input type=radio name=r value=1><input checked type=radio name=r value=2>')


def test_a_checkbox_that_was_not_sent_is_not_checked() -> None:
    assert filled('<input type="checkbox" name="a" checked>') == '<input type="checkbox" name="a">'


def test_of_checkboxes_with_one_value_as_many_are_checked_as_were_sent() -> None:
    inside = '<input type="checkbox" name="a">' * 3
    assert filled(inside, ("a", "on"), ("a", "on")).count("checked") == 2


def test_the_chosen_option_is_selected_and_no_other() -> None:
    inside = "<select name=a><option selected>x<option value=2>y<option disabled>z</select>"
    assert filled(inside, ("a", "2")) == (
        "<select name=a><option>x<option selected value=2>y<option disabled>z</select>")


def test_a_list_keeps_its_own_choice_where_another_could_not_have_been_made() -> None:
    inside = "<select name=a><option selected>x<option value=2>y<option disabled>z</select>"
    for sent in ([], [("a", "z")], [("a", "none such")]):
        assert filled(inside, *sent) == inside


def test_several_options_are_selected_in_a_list_of_several() -> None:
    inside = "<select name=a multiple><option selected>x<option>y<option>z</select>"
    assert filled(inside, ("a", "z"), ("a", "y")) == (
        "<select name=a multiple><option>x<option selected>y<option selected>z</select>")
    assert "selected" not in filled(inside)


@pytest.mark.parametrize("kind, good, bad", [
    ("number", "7", "seven"), ("range", "7.5", "x"), ("date", "2026-12-01", "1.12.2026"),
    ("month", "2026-11", "12"), ("week", "2026-W49", "W49"), ("time", "14:30", "2 pm"),
    ("datetime-local", "2026-12-01T14:30", "x"), ("color", "#b03a2e", "red"),
    ("url", "https://example.org/@ann?a=%20#b", "example.org"),
    ("url", "mailto:ann@example.org", "https://ann:secret@example.org/"),
    ("url", "http://münchen.example/", "http://example.org/a b"),
])
def test_what_a_browser_would_not_show_stands_in_a_field_for_text(
        kind: str, good: str, bad: str) -> None:
    inside = f'<input type="{kind}" name="a" min="1" max="8" step="2">'
    same = filled(inside, ("a", good))
    assert same == f'<input value="{good}" type="{kind}" name="a" min="1" max="8" step="2">'
    other = filled(inside, ("a", bad))
    control = markup.read(page(other)).forms[0].controls[0]
    assert (control.type, control.default, control.name) == ("text", bad, "a")
    assert not {"min", "max", "step"} & control.attributes.keys()


def test_a_number_is_written_as_checkers_of_html_take_it() -> None:
    inside = '<input type="number" step="any" name="a">'
    assert 'value="-0.5"' in filled(inside, ("a", "-.5"))


def test_a_wrong_email_address_stays_where_it_is() -> None:
    assert filled('<input type="email" name="a">', ("a", "ann@")) == (
        '<input value="ann@" type="email" name="a">')


# Sentences

def test_a_field_at_fault_is_marked_and_its_sentence_stands_after_it() -> None:
    text = filled('<label for="a">A</label> <input id="a" name="a"> <b>x</b>', ("a", ""),
                  faults={"a": "A <is> required."})
    assert text == (
        '<label for="a">A</label> <input aria-invalid="true" aria-describedby="a-error" id="a" '
        'name="a"> <span class="error" id="a-error">A &lt;is&gt; required.</span> <b>x</b>')


def test_a_sentence_stands_after_the_label_around_its_field() -> None:
    text = filled('<label>A <input id="a" name="a"></label>', faults={"a": "No."})
    assert text.endswith('</label> <span class="error" id="a-error">No.</span>')


def test_a_sentence_does_not_come_between_a_checkbox_and_its_label() -> None:
    text = filled('<input type="checkbox" id="a" name="a"> <label for="a">A</label> x',
                  faults={"a": "No."})
    assert text.endswith('<label for="a">A</label> <span class="error" id="a-error">No.</span> x')


def test_a_group_has_one_sentence_after_its_last_control() -> None:
    text = filled('<label><input type="radio" name="a" value="1">1</label>'
                  '<label><input type="radio" name="a" value="2">2</label>', faults={"a": "No."})
    assert text.count("No.") == 1 and text.endswith('</label> <span class="error" '
                                                    'id="a-error">No.</span>')
    assert text.count('aria-describedby="a-error"') == text.count('aria-invalid="true"') == 2


def test_an_output_says_where_the_sentence_goes() -> None:
    inside = '<p><output for="a b"></output></p><input id="x" name="a"><input id="b" name="c">'
    text = filled(inside, faults={"a": "No.", "c": "Not either."})
    assert text.startswith('<p><output for="a b"><span class="error" id="a-error">No.</span>'
                           '<span class="error" id="c-error">Not either.</span></output></p>')


def test_an_output_of_another_form_is_left_alone() -> None:
    other = '<form><output for="a">x</output></form>'
    document = markup.read(f'{HEAD}{other}{FORM}<input name="a"></form></body></html>')
    text = refill.refilled(document, document.forms[1], MultiDict(), {"a": "No."}, [])
    assert other in text and '<span class="error"' in text


def test_what_the_author_said_of_a_field_is_kept() -> None:
    text = filled('<input name="a" id="a" aria-invalid="false" aria-describedby="hint other">',
                  faults={"a": "No."})
    assert 'aria-describedby="a-error hint other"' in text
    assert text.count("aria-invalid") == 1 and 'aria-invalid="true"' in text


def test_ids_are_new_ones() -> None:
    text = filled('<b id="a"></b><b id="a-2"></b><b id="a-error"></b><input name="a">'
                  '<input name="your name">', faults={"a": "No.", "your name": "Nor this."})
    assert 'id="a-3"' in text and 'id="a-error-2"' in text
    assert 'id="your-name"' in text and 'aria-describedby="your-name-error"' in text


def test_a_field_that_is_disabled_can_have_a_sentence() -> None:
    assert "No." in filled('<input name="a" disabled>', faults={"a": "No."})


# The summary

def test_the_summary_links_to_each_field_in_the_order_of_the_form() -> None:
    text = summary('<input name="a"><input name="b" id="b[1]">', faults={"b": "B & C.", "a": "A."})
    assert text.endswith('<ul>\n<li><a href="#a">A.</a></li>\n'
                         '<li><a href="#b%5B1%5D">B &amp; C.</a></li>\n</ul>\n')
    assert "correct these 2 points" in text


def test_the_summary_gets_the_focus_and_is_read_out() -> None:
    text = summary('<input name="a">', faults={"a": "A."})
    assert text.startswith(' role="alert" tabindex="-1" autofocus>\n<h2>Please look again</h2>')
    assert "correct this, and" in text


def test_what_belongs_to_no_visible_field_is_said_without_a_link() -> None:
    text = summary('<input name="a" type="hidden"><button name="b">B</button>',
                   faults={"a": "A <.", "b": "B.", "c": "C."}, general=["General."])
    assert all(f"<p>{line}</p>" in text for line in ("A &lt;.", "B.", "C.", "General."))
    assert "<a " not in text and "correct" not in text


def test_files_and_passwords_have_to_be_given_again() -> None:
    inside = ('<label>Photo <input type="file" name="f"></label>'
              '<label>Secret: <input type="password" name="p" id="p"></label>'
              '<label>Other <input type="file" name="g"></label>'
              '<label>Empty <input type="password" name="q"></label>')
    text = summary(inside, ("p", "sesame"), ("q", ""), files=("f",), general=["No."])
    assert '<li><a href="#f">Photo</a></li>\n<li><a href="#p">Secret</a></li>' in text
    assert "Other" not in text and "Empty" not in text and "sesame" not in text


def test_the_summary_is_in_the_language_of_the_site_as_far_as_that_is_known() -> None:
    with patch.dict(wording.LANGUAGES, {"de": {"summary": "Bitte noch einmal ansehen"}}):
        text = summary('<input name="a">', faults={"a": "A."}, language="de-AT")
    assert "<h2>Bitte noch einmal ansehen</h2>" in text and "correct this" in text


# The page around the form

def test_the_focus_goes_to_the_summary_alone() -> None:
    text = page('<input name="a" autofocus>').replace("<form", '<input autofocus><form')
    text = text.replace("</form>", "</form><dialog><input autofocus></dialog>")
    document = markup.read(text)
    result = refill.refilled(document, document.forms[0], MultiDict(), {}, ["No."])
    assert result.count("autofocus") == 2
    assert "<dialog><input autofocus>" in result and " autofocus>\n<h2>" in result


def test_a_folded_part_with_the_form_or_a_fault_is_open() -> None:
    text = page('<details><summary>1</summary><input name="a"></details>'
                '<details><summary>2</summary><input name="b"></details>')
    document = markup.read(f'{text[:text.index("<form")]}<details><summary>0</summary>'
                           f'{text[text.index("<form"):].replace("</form>", "</form></details>")}')
    result = refill.refilled(document, document.forms[0], MultiDict(), {"b": "No."}, [])
    assert "<details open><summary>0" in result and "<details><summary>1" in result
    assert "<details open><summary>2" in result


@pytest.mark.parametrize("before, heading", [
    ("<address>", "p"), ("<dl><dt>", "p"), ("<table><tr><th>", "p"), ("<dl><dt>x<dd>", "h2"),
    ("<table><tr><th>x<td>", "h2"), ("<address>x</address>", "h2"), ("", "h2")])
def test_there_is_no_heading_where_none_may_be(before: str, heading: str) -> None:
    document = markup.read(f'{HEAD}{before}{FORM}<input name="a"></form>')
    text = refill.refilled(document, document.forms[0], MultiDict(), {}, ["No."])
    assert f"<{heading}>Please look again</{heading}>" in text


def test_only_the_form_that_was_sent_is_filled_in() -> None:
    one = '<form method="post" action="/other"><input name="a"></form>'
    document = markup.read(f'{HEAD}{one}{FORM}<input name="a"></form>{one}')
    text = refill.refilled(document, document.forms[1], MultiDict([("a", "x")]), {"a": "No."}, [])
    assert text.count(one) == 2 and text.count('value="x"') == 1


def test_a_control_outside_of_its_form_is_filled_in_as_well() -> None:
    document = markup.read(f'{HEAD}<form id="f" method="post"></form><input form="f" name="a">')
    text = refill.refilled(document, document.forms[0], MultiDict([("a", "x")]), {"a": "No."}, [])
    assert text.endswith('id="a-error">No.</span>') and 'value="x"' in text


# Any form

words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=8)
lines = st.lists(words, max_size=3).map("\n".join)
names = st.sampled_from(["a", "b", "your name", "c[]", "a-error"])
kinds = st.sampled_from(["text", "email", "url", "number", "date", "color", "password", "hidden",
                         "checkbox", "radio", "file", "submit", "textarea", "select", "multiple"])
extras = st.sampled_from([
    "", " required", " readonly", " disabled", ' id="a"', ' id="x y"', " aria-describedby=hint",
    " autofocus", " checked", "\n  checked\n", ' value="x"', " VALUE = y", " min=1", "/",
    " aria-invalid=''"])


@st.composite
def forms(draw: Any) -> str:
    parts = []
    for kind, name, extra, value in draw(
            st.lists(st.tuples(kinds, names, extras, words), max_size=6)):
        value = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        if kind == "textarea":
            parts.append(f'<textarea name="{name}"{extra}>\n{value}</textarea>')
        elif kind in ("select", "multiple"):
            options = "".join(f"<option{draw(extras.filter(lambda text: 'v' not in text.lower()))}>"
                              f"{option}" for option in ("one", value, "three"))
            several = " multiple" if kind == "multiple" else ""
            parts.append(
                f'<label>S <select name="{name}"{several}{extra}>{options}</select></label>')
        else:
            parts.append(f'<p><input type={kind} name="{name}"{extra}> {value}</p>')
    return HEAD + draw(st.sampled_from(["", "<address>", "<details>"])) + FORM + "".join(parts)


@contextmanager
def recorded() -> Iterator[list[Edits]]:
    """The edits that are made in the meantime."""
    made: list[Edits] = []

    class Recorded(Edits):
        def __init__(self, text: str) -> None:
            super().__init__(text)
            made.append(self)

    with patch.object(refill, "Edits", Recorded):
        yield made


def chosen(control: markup.Control) -> list[str]:
    """What a browser would send for a control if nobody touched it."""
    if control.type in ("select-one", "select-multiple"):
        marked = [option.value for option in control.options if option.selected]
        return marked[-1:] if control.type == "select-one" else marked
    if control.type in ("checkbox", "radio"):
        value = control.attributes.get("value", "on")
        return [value] if "checked" in control.attributes else []
    return [control.default]


@given(forms(), st.lists(st.tuples(names, lines), max_size=8),
       st.dictionaries(names | st.just("none"), words, max_size=3), st.lists(words, max_size=1))
def test_a_form_read_again_holds_what_was_sent(
        text: str, sent: list[tuple[str, str]], faults: dict[str, str], general: list[str]) -> None:
    document = markup.read(text)
    fields = MultiDict(sent)
    with recorded() as made:
        result = refill.refilled(document, document.forms[0], fields, faults, general)
    again = markup.read(result)
    before, after = document.forms[0].controls, again.forms[0].controls
    assert [control.name for control in before] == [control.name for control in after]
    used: dict[str, int] = {}
    kinds: dict[str, set[str]] = {}
    for old in before:
        kinds.setdefault(old.name, set()).add(old.type)
    for old, new in zip(before, after):
        values = fields.all(old.name)
        if len(kinds[old.name]) > 1 and not kinds[old.name].isdisjoint(choices.TYPES):
            continue                         # which of them sent what is known to groups.py alone
        if old.disabled or old.type in ("hidden", "password", "file", "submit") or old.readonly:
            assert chosen(new) == chosen(old)
        elif old.type in ("checkbox", "radio"):
            assert set(chosen(new)) <= set(values)
        elif old.type == "select-multiple":
            assert set(chosen(new)) <= set(values)
            assert all(option.selected for option in new.options[:1]
                       if option.value in values and not option.disabled)
        else:
            place = used.get(old.name, 0)
            value = values[place] if place < len(values) and old.name else None
            if old.type == "textarea":
                assert new.default == (old.default if value is None else value)
            elif old.type != "select-one":
                assert new.default == (
                    old.default if value is None or value == old.default
                    else value.replace("\n", " "))
            elif value in [option.value for option in old.options if not option.disabled]:
                assert new.options and (chosen(new) or [new.options[0].value])
        if not old.disabled and old.name and old.type not in (
                "checkbox", "radio", "select-multiple", "file", "submit"):
            used[old.name] = used.get(old.name, 0) + 1
    assert len(again.ids) >= len(document.ids)
    backwards(made[0], result)


def backwards(edits: Edits, result: str) -> None:
    """Taking the changes out again gives the author's text."""
    parts, at, last = [], 0, 0
    for start, stop, piece in sorted(edits.changes, key=lambda change: change[:2]):
        assert start >= last, "two changes overlap"
        parts += result[at:at + start - last], edits.text[start:stop]
        at += start - last
        assert result.startswith(piece, at)
        at += len(piece)
        last = stop
    assert "".join(parts) + result[at:] == edits.text


@given(forms(), st.lists(st.tuples(names, words), max_size=8))
def test_what_is_filled_in_already_is_not_filled_in_again(
        text: str, sent: list[tuple[str, str]]) -> None:
    document = markup.read(text)
    fields = MultiDict(sent)
    once = refill.refilled(document, document.forms[0], fields, {}, [])
    again = markup.read(once)
    twice = refill.refilled(again, again.forms[0], fields, {}, [])
    assert twice.rpartition("</div>")[2] == once.rpartition("</div>")[2]


@pytest.mark.parametrize("inside", [
    '<p><label>A <input name="a{}" autofocus></label></p>', '<input name="a" type="checkbox">',
    '<details><input name="a{}">', '<output for="a{}"></output><input name="a{}">',
    '<input name="a" aria-describedby="x">', "<dialog><input autofocus>", '<b id="a-{}"></b>',
    "<select name=s><option selected>{}</select>", "<textarea name=t>{}</textarea>"])
def test_twice_the_form_takes_twice_the_time(
        inside: str, grows_linearly: Callable[..., None]) -> None:
    def make(count: int) -> tuple[markup.Document, MultiDict[str], dict[str, str]]:
        text = page("".join(inside.format(number, number) for number in range(count)))
        sent = [(f"a{number}", "<&>") for number in range(count)] + [("a", "on")] * count
        faults = {name: "No." for name, _ in sent}
        return markup.read(text), MultiDict(sent), faults

    def work(data: tuple[markup.Document, MultiDict[str], dict[str, str]]) -> None:
        document, fields, faults = data
        refill.refilled(document, document.forms[0], fields, faults, [])

    grows_linearly(work, make, 400)


@pytest.mark.parametrize("control, sent, expected", [
    ('<input type="number" name="n" step="5">', "7",
     '<input value="7" type="number" name="n" step="any">'),
    ('<input type="number" name="n" step="5">', "10",
     '<input value="10" type="number" name="n" step="5">'),
    ('<input type="number" name="n" min="0" step="5">', "7",
     '<input value="7" type="number" name="n" min="0" step="5">'),
])
def test_a_wrong_value_does_not_move_the_steps_that_browsers_count_from_it(
    control: str, sent: str, expected: str
) -> None:
    assert expected in filled(control, ("n", sent))
