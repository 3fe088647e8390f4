"""What was filled in, as texts with the form's own labels."""
from __future__ import annotations

from collection import answers

from tests.support.sent import filled, upload


def read(inside: str, pairs: list[tuple[str, str]] | None = None, **more: object) -> list[
        tuple[str, str, list[tuple[str, str | None]]]]:
    sent = filled(inside, pairs, **more)  # type: ignore[arg-type]
    return [(field.name, field.label, field.values)
            for field in answers.read(sent.form, sent.verdict.values)]


def test_fields_are_in_the_order_of_the_form_with_its_labels() -> None:
    assert read("<label for=n>Your name *</label> <input id=n name=name>"
                "<label>Words: <textarea name=words></textarea></label>"
                "<input name=fire_place><input name=x aria-label='A <b> & c'>",
                words="two\nlines", name="Ann") == [
        ("name", "Your name", [("Ann", None)]), ("words", "Words", [("two\nlines", None)]),
        ("fire_place", "fire place", []), ("x", "A <b> & c", [])]


def test_values_are_texts_that_a_program_can_read() -> None:
    kinds = {"date": "2026-11-22", "time": "08:15", "month": "2026-02", "week": "2026-W53",
             "number": "4", "color": "#aabbcc", "range": "50"}
    inside = "".join(f"<input type={kind} name={kind}>" for kind in kinds)
    inside += "<input type=datetime-local name=at><input type=number step=any name=part>"
    found = read(inside, at="2026-11-22T08:15", part="1e-7", **kinds)
    assert {name: values[0][0] for name, _, values in found} == {
        **kinds, "at": "2026-11-22 08:15", "part": "0.0000001"}
    assert read("<input type=time step=1 name=t>", t="08:15:30")[0][2] == [("08:15:30", None)]


def test_a_choice_is_stored_by_its_value_and_shown_by_its_label() -> None:
    inside = ("<fieldset><legend>Meals:</legend>"
              "<label><input type=checkbox name=meal value=v> Vegetarian</label>"
              "<label><input type=checkbox name=meal value=nuts> nuts</label></fieldset>"
              "<fieldset><legend>Day</legend><label><input type=radio name=day value=1> Monday"
              "</label><label><input type=radio name=day value=2> Tuesday</label></fieldset>"
              "<label for=s>Size</label><select id=s name=size><option value=''>?"
              "<option value=l>Large<option>small</select>")
    assert read(inside, [("meal", "v"), ("meal", "nuts"), ("day", "2"), ("size", "l")]) == [
        ("meal", "Meals", [("v", "Vegetarian"), ("nuts", None)]),
        ("day", "Day", [("2", "Tuesday")]), ("size", "Size", [("l", "Large")])]
    assert read(inside, [("size", "")]) == [
        ("meal", "Meals", []), ("day", "Day", []), ("size", "Size", [])]


def test_a_choice_without_a_label_is_its_value() -> None:
    """As on pages of 1999: the name of the field must not stand where the answer does."""
    assert read("<INPUT TYPE=radio NAME=rate VALUE=good>Good <INPUT TYPE=radio NAME=rate VALUE=bad>"
                "<input type=checkbox name=by value=post><input type=checkbox name=by value=mail>",
                rate="good", by="mail") == [
        ("rate", "rate", [("good", None)]), ("by", "by", [("mail", None)])]


def test_groups_that_share_a_legend_are_told_apart_by_their_names() -> None:
    choice = "<label><input type=radio name={} value=1> One</label>".format
    assert [label for _, label, _ in read(
        f"<fieldset><legend>Your stay</legend><input name=arrival>{choice('room')}{choice('board')}"
        f"</fieldset><fieldset><legend>Meals</legend>{choice('lunch')}{choice('late_supper')}"
        f"</fieldset><fieldset><legend>Size</legend>{choice('size')}{choice('size')}"
        "<input type=checkbox name=gift><input name=other></fieldset>",
    )] == ["arrival", "room", "board", "lunch", "late supper", "Size", "gift", "other"]


def test_a_lone_checkbox_is_yes_or_no_or_its_value() -> None:
    inside = ("<label><input type=checkbox name=news> Send me news</label>"
              "<label><input type=checkbox name=terms value=agreed> I agree</label>")
    assert read(inside, news="on", terms="agreed") == [
        ("news", "Send me news", [("yes", None)]), ("terms", "I agree", [("agreed", None)])]
    assert read(inside) == [
        ("news", "Send me news", [("no", None)]), ("terms", "I agree", [])]


def test_a_button_is_an_answer_where_it_was_pressed() -> None:
    inside = ("<button name=coming value=y>Yes, I come</button>"
              "<button name=coming value=n>No</button>")
    assert read(inside, coming="y") == [("coming", "coming", [("y", "Yes, I come")])]
    assert read(inside) == []


def test_passwords_instructions_and_traps_are_not_kept() -> None:
    inside = ("<input type=hidden name=recipient value=sales>"
              "<input type=hidden name=from value=ad><input name=_gotcha>"
              "<input name=url2 data-honeypot>"
              "<input type=hidden name=_charset_>"
              "<input type=password name=secret>"
              "<input type=hidden name=_subject value=x>"
              "<input name=subject><input name=email type=email>")
    found = read(inside, recipient="sales", _charset_="UTF-8", secret="hunter2", _subject="x",
                 subject="mine", **{"from": "ad"})
    assert found == [
        ("from", "from", [("ad", None)]),
        ("secret", "secret", [("(a password, which is not kept)", None)]),
        ("subject", "subject", [("mine", None)]), ("email", "email", [])]


def test_files_come_as_files() -> None:
    sent = filled("<label>Plans <input type=file name=plan multiple></label>",
                  files=[("plan", upload()), ("plan", upload(name="b.pdf"))])
    field, = answers.read(sent.form, sent.verdict.values)
    assert (field.label, field.text) == ("Plans", "")
    assert [each.name for each in field.uploads] == ["plan.pdf", "b.pdf"]


def test_several_texts_of_one_name_are_all_there() -> None:
    assert read("<input name=a><input name=a>", [("a", "1"), ("a", "2")]) == [
        ("a", "a", [("1", None), ("2", None)])]
