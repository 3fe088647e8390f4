"""What Chapbook's environment does quicker than Jinja2's, it does the same."""
from __future__ import annotations

import jinja2
import markupsafe
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from chapbook import rendering
from chapbook.db import Row
from chapbook.jinja import Environment

OURS = Environment(autoescape=True, undefined=jinja2.StrictUndefined)
THEIRS = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)


class Loud(str):
    """A text with an idea of its own of how it looks in HTML."""

    def __html__(self) -> str:
        return f"<b>{self}</b>"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.binary()))
def test_what_is_put_out_is_what_escape_gives(value: object) -> None:
    assert rendering.shown(value) == str(escape(value))
    assert OURS.from_string("{{ x }}").render(x=value) == str(escape(value))


@pytest.mark.parametrize("value", [Markup("<i>"), Loud("a"), [Markup("<i>"), "<"], {"<": 1}])
def test_values_that_know_their_html_are_asked_for_it(value: object) -> None:
    assert rendering.shown(value) == str(escape(value))


@pytest.mark.parametrize("step", [None, "no function", lambda text: text])
def test_without_a_step_of_markupsafe_that_escapes_its_public_one_does(
    step: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markupsafe, "_escape_inner", step, raising=False)
    monkeypatch.setattr(rendering, "escape", lambda text: text.replace("<", "&lt;"))
    assert rendering._escaping()("<a>") == "&lt;a>"


@pytest.mark.parametrize("source", [
    "{{ row.name }}", "{{ row['name'] }}", "{{ row.items is callable }}{{ row['items'] }}",
    "{{ row.keys()|list }}", "{{ row.get('name') }}", "{{ row.missing }}", "{{ row.empty }}",
    "{{ row.missing is defined }}", "{% for k in row %}{{ k }},{% endfor %}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(row.name) }}{{ m(row.name)|upper }}",
    "{% set x %}{{ row.name }}{% endset %}{{ x }}{{ x ~ '<' }}",
    "{% autoescape false %}{{ row.name }}{% endautoescape %}",
    "{% autoescape row.on %}{{ row.name }}{% endautoescape %}",
])
def test_a_row_is_in_templates_what_jinja2_makes_of_it(source: str) -> None:
    row = Row({"name": "<Ann & Bob>", "items": 3, "empty": None, "on": 1})

    def rendered(environment: jinja2.Environment) -> str:
        try:
            return environment.from_string(source).render(row=row)
        except jinja2.UndefinedError as error:
            return str(error)

    assert rendered(OURS) == rendered(THEIRS)
