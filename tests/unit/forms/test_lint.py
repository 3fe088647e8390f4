"""Mistakes in forms are found before anybody has sent one, and templates are not misread."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms import lint
from chapbook.forms.blanks import MARK, Blanked

FORM = '<form method="post" action="/join">'


def found(text: str, **given: bool) -> list[str]:
    """What is said of a static page that a script answers, without the file."""
    template = given.pop("template", False)
    said = lint.faults(text, path="page.html", base="" if template else "/club/page.html",
                       template=template, answers=lambda method, path: path == "/join")
    return [sentence.removeprefix("page.html:") for sentence in said]


def one(inside: str, form: str = FORM) -> str:
    """The only mistake in a form; "" where there is none."""
    said = found(f"{form}{inside}</form>")
    assert len(said) <= 1, said
    return said[0] if said else ""


def test_a_sentence_names_file_and_line() -> None:
    text = f'{FORM}\n<label>A <input name="a"></label>\n\n<label>B <input></label>\n</form>'
    assert lint.faults(text, path="htdocs/page.html") == [
        "htdocs/page.html:4: This text field has no name, so that browsers never send what is "
        'filled in there; write name="...".']


@pytest.mark.parametrize("inside, said", [
    ("<label>A <textarea></textarea></label>", "This text area has no name"),
    ('<label>A <select name=""></select></label>', "This list has no name"),
    ('<input name="a">', 'This text field (a) has no label'),
    ('<input name="a" placeholder="A">', '<label for="...">...</label>.'),
    ('<input name="a" id="b" type="checkbox">', 'This checkbox (a) has no label'),
    ('<label for="b">A</label>', 'The label is for "b", and no element has that id'),
    ('<b id="x"></b><b id="x"></b>', 'The id "x" is there twice'),
    ('<form action="/join"></form>', "A form stands within another one"),
    ('<label>A <input name="_once"></label>', 'The name "_once" is that of the token'),
    ('<label>A <input name="a" pattern="("></label>', "The pattern of the field 'a' cannot"),
    ('<label>A <input name="a" data-equal-to="b"></label>', "has to be equal to 'b'"),
    ('<label>A <input name="a"></label><label>B <input name="a"></label>',
     '2 fields are named "a", so that their answers come as one list'),
    ('<label>A <input name="a"></label><input type="hidden" name="a" value="1">',
     'The name "a" is that of a text field and a hidden field'),
    ('<label>A <input name="a"></label><button name="a">B</button>',
     'The name "a" is that of a text field and a button'),
    ('<label>A <input type="checkbox" name="a"></label>' * 12,
     '12 checkboxes are named "a" and send "on", so that nobody can tell which of them was'),
    ('<label>A <input type="radio" name="a" value="1"></label>' * 2,
     '2 radio buttons are named "a" and send "1"'),
    ('<label>A <input type="file" name="a"></label>', 'enctype="multipart/form-data"'),
    ('<button formaction="/nowhere">A</button>', 'The formaction "/nowhere" leads to /nowhere'),
])
def test_a_mistake_is_found(inside: str, said: str) -> None:
    assert said in one(inside)


@pytest.mark.parametrize("inside", [
    '<label>A <input name="a"></label>', '<label for="b">A</label><input name="a" id="b">',
    '<input name="a" aria-label="A">', '<input name="a" title="A">', "<button>Go</button>",
    '<input type="hidden" name="a" value="1">', '<input type="submit" value="Go">',
    '<button name="do" value="1">A</button><button name="do" value="2">B</button>',
    '<label>A <input name="a[]"></label><label>B <input name="a[]"></label>',
    '<label>A <input type="checkbox" name="a" value="1"></label>'
    '<label>A <input type="checkbox" name="a" value="2"></label>',
    '<input disabled>', '<datalist id="d"><input></datalist>', "<!-- <input> -->",
    '<template><input><b id="a"></b></template><b id="a"></b>',
    '<label>A <input name="a" pattern="[0-9]{4} ?[A-Z]{2}"></label>',
    '<label>A <input type="password" name="a"></label>',
])
def test_what_is_right_is_left_in_peace(inside: str) -> None:
    assert one(inside) == ""


def test_a_password_is_not_sent_by_get() -> None:
    said = one('<label>A <input type="password" name="a"></label>', '<form action="/join">')
    assert 'The form has a password and is sent by GET' in said and said.startswith("1: ")


@pytest.mark.parametrize("form", [
    '<form method="post" action="/join" enctype="multipart/form-data">',
    f"{FORM}<button formenctype='multipart/form-data'>Go</button>"])
def test_a_form_that_sends_its_files_is_right(form: str) -> None:
    assert one('<label>A <input type="file" name="a"></label>', form) == ""


def test_a_form_that_was_made_for_mailto_is_found() -> None:
    said = one("", '<form method="post" action="/join" enctype="TEXT/plain">')
    assert "which no page reads; leave the enctype out" in said
    assert one("", '<form action="/join" enctype="text/plain">') == (
        one("", '<form action="/join">'))


@pytest.mark.parametrize("action, said", [
    ('action="/nowhere"', 'The action "/nowhere" leads to /nowhere, and nothing there takes a '),
    ('action="join"', 'The action "join" leads to /club/join, and'),
    ("", "The form has no action, so that it is sent to its own page, /club/page.html, and"),
    ('action="mailto:ann@example.org"', 'The action is "mailto:ann@example.org", which most'),
    ('action="../join?x=1"', ""), ('action=" /join "', ""),
    ('action="//example.org/x"', 'The action "//example.org/x" is of another site, and browsers'),
    ('action="https://formspree.io/f/x"', 'write action="/forms/NAME" in htdocs/NAME.html'),
])
def test_an_action_leads_to_a_script(action: str, said: str) -> None:
    assert said in one("", f'<form method="post" {action}>')
    assert bool(one("", f'<form method="post" {action}>')) == bool(said)


def test_a_full_address_may_be_that_of_the_site_itself_and_a_script_may_allow_others() -> None:
    def look(base: str, action: str) -> list[str]:
        return lint.faults(f'<form method="post" action="{action}"></form>', path="page", base=base,
                           answers=lambda method, path: True, origin="https://Example.org")

    assert look("/a.html", "https://example.org/join") == []
    assert look("/a.html", "//EXAMPLE.org") == [] != look("/a.html", "https://example.org.evil/")
    assert look("", "https://formspree.io/f/x") == []


def test_forms_that_cannot_be_told_apart_are_found() -> None:
    text = f'{FORM}<label>A <input name="a"></label></form>\n'
    said = found(text + text.replace("<input", "<input required"))
    assert len(said) == 1 and "Two forms of this page cannot be told apart" in said[0]
    assert found(text + text) == []


# Templates

@pytest.mark.parametrize("text", [
    f'{FORM}<label>A <input name="{{{{ a }}}}"></label><label>B <input name="{{{{ b }}}}"></label>',
    f'{FORM}<label for="{{{{ a }}}}">A</label><input name="a" id="{{{{ a }}}}">',
    f'{FORM}<label for="x-{{{{ a }}}}">A</label><input name="a" id="x-1">',
    f'{FORM}{{% if a %}}<input name="a" aria-label="A">{{% else %}}'
    '<select name="a" aria-label="A"></select>{% endif %}',
    '<b id="a"></b>{% if x %}<b id="b"></b>{% elif y %}<b id="b"></b>{% else %}<b id="b"></b>'
    "{% endif %}",
    '{% macro a() %}<b id="a"></b>{% endmacro %}{% macro b() %}<b id="a"></b>{% endmacro %}'
    '<b id="a"></b>',
    f"{FORM}<input {{{{ attributes }}}}>", f"{FORM}<input name={{{{ name }}}} aria-label=A>",
    f'{FORM}{{{{ label("a") }}}}<input name="a">',
    f'{FORM}{{{{ field("a") }}}}<label for="a">A</label>',
    f'{FORM}{{% include "fields.html" %}}<label for="a">A</label>',
    f'{FORM}<label>A <input name="a" pattern="{{{{ pattern }}}}"></label>',
    f'{FORM}<label>A <input name="a" data-equal-to="{{{{ other }}}}"></label>',
    f'{FORM}<label>A<input name="{{% if x %}}a{{% else %}}b{{% endif %}}"></label>'
    '<label>A<input name="a"></label>',
    '<form method="post" action="{{ url(name) }}">', '<form method="post">',
    '<form method="post" action="{{ request.url }}">', '<form method="post" action="save">',
    '<form method="post" action="{{ url("join") }}">',
    "<form method=\"post\" action=\"{{ url('join', page=3) }}\">",
    '<form method="{{ method }}"><label>A <input type="password" name="a"></label></form>',
    '<form method="post" enctype="{{ kind }}"><label>A <input type="file" name="a"></label></form>',
    f'{{% if a %}}{FORM}{{% else %}}<form method="post" action="/join" id="b">{{% endif %}}</form>',
    f'{{% if a %}}{FORM}<label>A <input name="a" required></label></form>{{% else %}}'
    f'{FORM}<label>A <input name="a"></label></form>{{% endif %}}',
    f'{FORM}<input type="hidden" name="a" value="{{{{ a }}}}"></form>'
    f'{FORM}<input type="hidden" name="a" value="{{{{ b }}}}" id="x"></form>',
    f'{FORM}{{% for a in b %}}<label><input type="checkbox" name="a" value="{{{{ a }}}}"></label>'
    '<label><input type="checkbox" name="a" value="{{ b }}"></label>{% endfor %}',
    "{# <input> <form> <form> #}", "{% raw %}{{ <form> }}{% endraw %}", "{{ '<form><form>' }}",
    '<p {% if "<form>" %}id="a"{% endif %}>',
])
def test_what_is_open_in_a_template_is_no_mistake(text: str) -> None:
    assert found(text, template=True) == []


@pytest.mark.parametrize("text, said", [
    (f'{FORM}<label>A <input name="a" value="{{{{ a }}}}"></label><input name="b">',
     "This text field (b) has no label"),
    (f'{FORM}{{% if a %}}<label>A <input></label>{{% endif %}}', "has no name"),
    ('<b id="a"></b>{% if x %}<b id="a"></b>{% endif %}', 'The id "a" is there twice'),
    ('<form method="post" action="{{ url("nowhere") }}">', "leads to /nowhere, and"),
    ('<form method="post" action="/nowhere">', "leads to /nowhere, and"),
    (f'{FORM}<label>A<input name="a"></label>'
     '{% if x %}<label>B<input name="a"></label>{% endif %}', '2 fields are named "a"'),
    ("{% if x %}<form>{% endif %}<form>", "A form stands within another one"),
    (f'{FORM}<textarea name="a">{{{{ values.get("a") }}}}</textarea>', "has no label"),
    (f'{FORM}<label for="b">B</label><input name="a" value="{{{{ f("b") }}}}" aria-label="A">',
     'The label is for "b"'),
    (f'{FORM}<label>A <input name="a"></label></form>\n'
     f'{{% for x in y %}}{FORM}<label>A <input name="a" required></label></form>{{% endfor %}}',
     "Two forms of this page cannot be told apart"),
])
def test_what_is_plain_in_a_template_is_looked_at(text: str, said: str) -> None:
    sentences = found(text, template=True)
    assert len(sentences) == 1 and said in sentences[0], sentences


def test_lines_are_those_of_the_template() -> None:
    said = found('{# one\ntwo #}{{ f(\n"x") }}\n<b id="a"></b>\n<b id="a"></b>', template=True)
    assert [sentence[:3] for sentence in said] == ["5: "]


@pytest.mark.parametrize("source, blanked", [
    ("a{{ b }}c", f"a{MARK * 7}c"), ("a{% b %}c", "a       c"), ("a{# b #}c", "a       c"),
    ('{{ "}}" }}x', MARK * 10 + "x"), ("{% if '%}' %}x", " " * 13 + "x"),
    (r'{{ "\"}}" }}x', MARK * 12 + "x"), ("{{ a", "{{ a"), ("{{ ' }} x", "{{ ' }} x"),
    ("{%- a -%}{{- b -}}", " " * 9 + MARK * 9), ("{ {a} }", "{ {a} }"), ("{", "{"),
    ('<a b="{% c %}d">', f'<a b="{MARK * 7}d">'), ("<a {% c %}b>", "<a        b>"),
    ("{% raw %}{{ a }}{% endraw %}", " " * 9 + "{{ a }}" + " " * 12),
])
def test_the_tags_of_jinja_are_blanked_out(source: str, blanked: str) -> None:
    assert Blanked(source).text == blanked


pieces = st.sampled_from([
    "{{", "}}", "{%", "%}", "{#", "#}", "{% if a %}", "{% else %}", "{% endif %}", "{% raw %}",
    "{{ a }}", "{% endraw %}", "{% macro a() %}", "{% endmacro %}", "'", '"', "<form>", "</form>",
    '<input name="', "<label>", "<label for=a>", '<b id="a">', "\n", ">", "\\", "<textarea>",
    "<template>", "<select>", "<option>", "{% for %}", "{% endfor %}", "{% end %}", "{%%}", "{{}}",
])


@given(st.lists(pieces, max_size=20).map("".join), st.booleans())
def test_any_text_can_be_looked_at(text: str, template: bool) -> None:
    for sentence in lint.faults(text, path="p", base="/p.html", template=template,
                                answers=lambda method, path: False):
        number, space, words = sentence.removeprefix("p:").partition(": ")
        assert 1 <= int(number) <= text.count("\n") + 1 and words.endswith(".")
    if template:
        blanked = Blanked(text)
        assert len(blanked.text) == len(text)
        for one in range(0, len(text), 7):
            assert not blanked.exclusive(one, one)


@pytest.mark.parametrize("template", [False, True])
@pytest.mark.parametrize("inside", [
    '<input name="a">', '<input name="a{}">', '<b id="a">', '<label for="a">x</label>',
    "{{% if a %}}<input name='a'>{{% else %}}<input name='a'>{{% endif %}}",
    "{{{{ f(1) }}}}<label for=a>",
    '{{{{ "a", "b" }}}}', "{{{{ 'a ", "{{% if a %}}", '<label for="{{{{ a }}}}">', "<form>",
    '<input pattern="(">', '<input data-equal-to="b">', '<a b="{{% if %}}">'])
def test_twice_the_page_takes_twice_the_time(
        inside: str, template: bool, grows_linearly: Callable[..., None]) -> None:
    def make(count: int) -> str:
        return FORM + "".join(inside.format(number) for number in range(count))

    grows_linearly(lambda text: found(text, template=template), make, 300)
