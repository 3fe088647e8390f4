"""What the visitor reads: short sentences in the words of the form."""
from __future__ import annotations

import string
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms import wording
from tests.support.filled import form, sentence, upload, verdict

PAGE_CHANGED = ("The page has changed since you opened it. Please look at your answers, and send "
                "them again.")


def named(label: str, control: str) -> str:
    """A control with its label."""
    return f"<label>{label} {control}</label>"


@pytest.mark.parametrize("html, text, expected", [
    (named("Your name", "<input name=n required>"), "", "Your name is required."),
    (named("Your name:*", "<input name=n required>"), "", "Your name is required."),
    (named("Your name (required)", "<input name=n required>"), "", "Your name is required."),
    (named("name", "<input name=n required>"), "", "Name is required."),
    (named("How many guests?", "<input name=n required>"), "", "“How many guests?” is required."),
    (named("Tell us more", "<input name=n required>"), "", "“Tell us more” is required."),
    (named("Name, address", "<input name=n required>"), "", "“Name, address” is required."),
    ("<input name=first_name required>", "", "First name is required."),
    (named("I agree", "<input type=checkbox name=n required>"), None, "Please tick “I agree”."),
    (named("We agree.", "<input type=checkbox name=n required>"), None, "Please tick “We agree”."),
    (named("Guests", "<input name=n type=number max=8>"), "9", "Guests must be at most 8."),
    (named("Guests", "<input name=n type=number min=1>"), "0", "Guests must be at least 1."),
    (named("Guests", "<input name=n type=number>"), "1.5", "Guests must be a whole number."),
    (named("Guests", "<input name=n type=number>"), "x", "Guests must be a whole number."),
    (named("Price", "<input name=n type=number step=any>"), "x", "Price must be a number."),
    (named("Price", "<input name=n type=number max=12500.50 step=.01>"), "12500.51",
     "Price must be at most 12,500.50."),
    (named("Price", "<input name=n type=number step=.25>"), "1.3",
     "Price cannot be 1.3. The nearest that fit are 1.25 and 1.50."),
    (named("Eggs", "<input name=n type=number step=6 max=8 min=0>"), "7",
     "Eggs cannot be 7. The nearest that fits is 6."),
    (named("Eggs", "<input name=n type=range step=60 value=20 min=x max=19>"), "5",
     "Eggs cannot be 5."),
    (named("Number", "<input name=n type=number>"), "1e30",
     "Number must be at most 9,223,372,036,854,775,807."),
    (named("Arrival", "<input name=n type=date min=2026-12-01>"), "2026-11-30",
     "Arrival must be 1 December 2026 or later."),
    (named("Arrival", "<input name=n type=date max=2026-12-01>"), "2027-01-01",
     "Arrival must be 1 December 2026 or earlier."),
    (named("Arrival", "<input name=n type=date min=2026-12-05 step=7>"), "2026-12-06",
     "Arrival cannot be 6 December 2026. The nearest that fit are 5 December 2026 and 12 December "
     "2026."),
    (named("Arrival", "<input name=n type=date>"), "tomorrow",
     "Arrival must be a date, written like 2026-12-01."),
    (named("Start", "<input name=n type=month min=2026-12>"), "2026-11",
     "Start must be December 2026 or later."),
    (named("Start", "<input name=n type=week min=2026-W09>"), "2026-W08",
     "Start must be week 9 of 2026 or later."),
    (named("Start", "<input name=n type=time min=09:00>"), "08:59",
     "Start must be 09:00 or later."),
    (named("Start", "<input name=n type=time min=22:00 max=06:00>"), "12:00",
     "Start must be 22:00 or later, or 06:00 or earlier."),
    (named("Start", "<input name=n type=datetime-local max=2026-12-01T14:30>"), "2026-12-01T14:31",
     "Start must be 1 December 2026, 14:30 or earlier."),
    (named("Name", "<input name=n minlength=2>"), "a",
     "Name must be at least 2 characters long; it is 1 long now."),
    (named("Text", "<textarea name=n maxlength=1000></textarea>"), "a" * 1234,
     "Text must be at most 1,000 characters long; it is 1,234 long now."),
    (named("Initial", "<input name=n maxlength=1>"), "ab",
     "Initial must be at most 1 character long; it is 2 long now."),
    (named("Leave this", "<input name=n maxlength=0>"), "a", "“Leave this” must be left empty."),
    (named("Name", "<input name=n>"), "a\nb", "Name must be a single line."),
    (named("E-mail", "<input name=n type=email>"), "a",
     "E-mail must be an e-mail address, such as name@example.org."),
    (named("Site", "<input name=n type=url>"), "a",
     "Site must be a full web address, such as https://example.org."),
    (named("Postcode", "<input name=n pattern='[0-9]{4}' title='four digits.'>"), "a",
     "Postcode: four digits."),
    (named("Postcode", "<input name=n pattern='[0-9]{4}'>"), "a",
     "Postcode is not written in the way that is asked for."),
    (named("Postcode", "<input name=n pattern=a title='{name} {0} %s'>"), "b",
     "Postcode: {name} {0} %s."),
    (named("{label} {x}", "<input name=n required>"), "", "{label} {x} is required."),
    (named("Room", "<select name=n><option>A</select>"), "B",
     "Please choose one of the options for “Room”."),
    ("<fieldset><legend>Room:</legend><input type=radio name=n required></fieldset>", None,
     "Please choose one of the options for “Room”."),
    ("<input type=radio name=room-type required>", None,
     "Please choose one of the options for “Room type”."),
    (named("Photo", "<input type=file name=n required>"), None,
     "Please choose a file for “Photo”."),
    (named("Days", "<select name=n multiple required><option>A</select>"), None,
     "Please choose at least one of the options for “Days”."),
    (named("Number", "<input name=n readonly value=7>"), "8",
     "Number cannot be changed; it is as it was again."),
    ("<input type=hidden name=n value=7>", "8", PAGE_CHANGED),
    ("<button name=n value=a>", "b", "The form was sent by a button that it does not have. Please "
                                     "press one of its buttons."),
])
def test_the_sentence_is_in_the_words_of_the_form(
    html: str, text: str | None, expected: str
) -> None:
    assert sentence(html, *([] if text is None else [text])) == expected


def test_what_changed_unseen_is_said_once() -> None:
    found = verdict("<input type=hidden name=a value=1><input type=hidden name=b value=1>")
    assert found.general == [PAGE_CHANGED] and not found.faults


def test_a_field_sent_twice_is_named() -> None:
    assert sentence(named("Name", "<input name=n>"), "a", "b") == (
        "Name was sent more often than the form has it. Please send the form again.")


def test_two_files_for_one_are_named() -> None:
    assert sentence(named("Photo", "<input type=file name=n>"),
                    files=[("n", upload()), ("n", upload())]) == (
        "Please choose one file only for “Photo”.")


def test_the_other_of_two_equal_fields_is_named() -> None:
    html = (named("Password", "<input type=password name=a>")
            + named("Once more", "<input type=password name=b data-equal-to=a>"))
    found = verdict(html, ("a", "x"), ("b", "y"))
    assert found.faults["b"].sentence == "Once more must be the same as Password."


@pytest.mark.parametrize("html, text", [
    ("<input name=n required data-error-required='  We need\n your name. '>", ""),
    ("<input type=radio name=n><input type=radio name=n required "
     "data-error-required='We need your name.'>", None),
    ("<input type=number name=n data-error-type='We need your name.'>", "x"),
])
def test_the_author_may_word_a_fault(html: str, text: str | None) -> None:
    assert sentence(html, *([] if text is None else [text])) == "We need your name."


def test_an_empty_sentence_of_the_author_is_none() -> None:
    assert sentence("<input name=n required data-error-required=' '>") == "N is required."


def test_a_long_label_is_cut() -> None:
    found = sentence(named("very " * 100, "<input name=n required>"))
    assert found == f"“Very {'very ' * 14}very…” is required."


GERMAN = {
    "required": "{label} fehlt.", "required group": "Bitte {quoted} wählen.",
    "max": "{label} darf höchstens {limit} sein.",
    "max dates": "{label} darf nicht nach {limit} sein.",
    "quotes": "„{}“", "thousands": ".", "point": ",", "date": "{day}. {month} {year}",
    "months": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
               "Oktober", "November", "Dezember"), "marks": ("(pflicht)",), "or": " oder ",
}


@pytest.mark.parametrize("html, text, expected", [
    (named("Name (Pflicht)", "<input name=n required>"), "", "Name fehlt."),
    (named("Wie?", "<input type=checkbox name=n required>"), None, "„Wie?“ fehlt."),
    (named("Preis", "<input name=n type=number max=1234.5>"), "2000",
     "Preis darf höchstens 1.234,5 sein."),
    (named("Tag", "<input name=n type=date max=2026-12-01>"), "2026-12-02",
     "Tag darf nicht nach 1. Dezember 2026 sein."),
    (named("Preis", "<input name=n type=number>"), "x", "Preis must be a whole number."),
])
@pytest.mark.parametrize("language", ["de", "de-AT", "DE"])
def test_a_language_is_one_dict_and_english_where_it_has_no_word(
    html: str, text: str | None, expected: str, language: str
) -> None:
    with patch.dict(wording.LANGUAGES, {"de": GERMAN}):
        sent = [] if text is None else [text]
        assert sentence(html, *sent, language=language) == expected


def test_an_unknown_language_is_english() -> None:
    for language in ("tlh", "", "-"):
        assert sentence("<input name=n required>", language=language) == "N is required."


def test_every_sentence_has_facts_that_are_known_and_ends_like_one() -> None:
    known = {"label", "quoted", "name", "limit", "length", "low", "high", "lower", "upper",
             "number", "title", "kinds", "file", "other"}
    for key, text in wording.ENGLISH.items():
        kind = key.partition(" ")[0]
        if isinstance(text, str) and kind in (
            "required", "type", "min", "max", "step", "minlength", "maxlength", "pattern",
            "options", "accept", "size", "equal", "changed", "repeated",
        ):
            used = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert used <= known and text.endswith("."), key


@pytest.mark.parametrize("number, text", [
    (0, "0"), (-1234567, "-1,234,567"), (Decimal("1234.50"), "1,234.50"),
    (Decimal("1E+3"), "1,000"),
    (Decimal("1E+300"), "1E+300"), (Decimal("1E-30"), "1E-30"), (Decimal("0.05"), "0.05"),
])
def test_a_number_is_written_with_its_thousands(number: object, text: str) -> None:
    assert wording.said("number", number) == text


@pytest.mark.parametrize("number, text", [
    (0, "0 B"), (312, "312 B"), (1024, "1 KiB"), (1025, "1.1 KiB"), (2 << 20, "2 MiB"),
    ((2 << 20) + 1, "2.1 MiB"), (3 << 30, "3 GiB"), ((1 << 20) - 1, "1 MiB"),
])
def test_a_size_is_rounded_up_so_that_too_much_looks_like_too_much(number: int, text: str) -> None:
    assert wording.size(number) == text


@given(st.text(max_size=200))
def test_any_label_makes_a_sentence(label: str) -> None:
    control = form("<input name=n required>").controls[0]
    with patch.object(type(control), "accessible_name", label):
        from chapbook.forms.refused import Refused

        text = wording.sentence(Refused(control, "required"))
    assert text.endswith(" is required.") and len(text) <= wording.MOST_LABEL + 20
