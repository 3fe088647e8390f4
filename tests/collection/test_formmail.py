"""What old pages ask for: kept where the owner's settings allow it, and harmless elsewhere."""
from __future__ import annotations

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from collection import answers, formmail
from collection.formmail import Wishes
from collection.formsettings import Settings
from collection.received import Field

from tests.support.sent import filled

BASE = "https://example.org"


def settings(config: Config | None = None, **changed: str) -> Settings:
    config = config or configuration.load(None)
    values = {**vars(config.named("form", "contact")), "to": "office@example.org",
              "aliases": "Sales: ann@example.org, bob: bob@example.org", **changed}
    return Settings(values, "owner@example.org")


def wishes(inside: str = "", **hidden: str) -> Wishes:
    inside += "".join(f'<input type=hidden name="{name}" value="{value}">'
                      for name, value in hidden.items())
    sent = filled(inside, **hidden)
    return Wishes(sent.form, sent.verdict.values)


def test_a_page_without_wishes_has_none() -> None:
    none = wishes("<input name=a>")
    assert none.with_blanks
    assert not any(value for name, value in vars(none).items() if name != "with_blanks")


def test_hidden_fields_are_the_authors_words() -> None:
    asked = wishes(recipient="sales", subject="From  the\tsite", redirect="/thanks.html",
                   required="email, realname", title="Thanks!", return_link_url="/",
                   return_link_title="Home", missing_fields_redirect="/again.html",
                   sort="alphabetic", print_blank_fields="1")
    assert vars(asked) == {
        "recipient": "sales", "subject": "From the site", "next": "/thanks.html",
        "required": ["email", "realname"], "title": "Thanks!", "return_url": "/",
        "return_title": "Home", "missing_redirect": "/again.html", "sort": "alphabetic",
        "with_blanks": True}
    other = wishes(_subject="Hi", _next="/t.html")
    assert (other.subject, other.next) == ("Hi", "/t.html")
    assert len(wishes(subject="x" * 500).subject) == 100


def test_what_a_visitor_types_is_no_wish() -> None:
    sent = filled("<input name=subject><input name=redirect><input name=title><input name=_next>"
                  "<input name=required>", subject="Mine", redirect="/x", title="T", _next="/y",
                  required="a")
    found = Wishes(sent.form, sent.verdict.values)
    assert not (found.subject or found.next or found.title or found.required)


def test_formmail_leaves_out_blank_fields_unless_told_otherwise() -> None:
    assert not wishes(recipient="sales").with_blanks
    assert not wishes(print_blank_fields="0").with_blanks
    assert wishes(print_blank_fields="1", recipient="sales").with_blanks


@pytest.mark.parametrize("wanted, to", [
    ("", ["office@example.org"]), ("sales", ["ann@example.org"]), ("SALES ", ["ann@example.org"]),
    ("sales,bob,sales", ["ann@example.org", "bob@example.org"]), ("nobody", ["office@example.org"]),
    ("victim@example.net", ["office@example.org"]), ("Ann@Example.org", ["ann@example.org"]),
    ("sales, victim@example.net", ["ann@example.org"]),
    ("ann@example.org,victim@example.net", ["ann@example.org"]),
    ("ann@example.org\nBcc: victim@example.net", ["office@example.org"]),
    ("ann@example.org(victim@example.net)", ["office@example.org"]),
    ("<victim@example.net>ann@example.org", ["office@example.org"]),
    (",,,", ["office@example.org"]),
])
def test_a_page_names_recipients_only_out_of_the_settings(wanted: str, to: list[str]) -> None:
    assert formmail.recipients(settings(), wanted) == to


def test_without_recipients_of_its_own_a_form_goes_to_the_owner() -> None:
    assert formmail.recipients(settings(to=""), "") == ["owner@example.org"]
    assert formmail.recipients(settings(to=" a@example.org , b@example.org"), "") == [
        "a@example.org", "b@example.org"]


@pytest.mark.parametrize("wanted, path", [
    ("/thanks.html", "/thanks.html"), ("thanks.html", "/club/thanks.html"),
    ("../thanks.html?a=b#c", "/thanks.html?a=b#c"), ("https://example.org/x", "/x"),
    ("HTTP://Example.org/x?y", "/x?y"), ("https://example.org", "/"),
    ("", None), ("//evil.example/", None), ("https://evil.example/", None),
    ("https://example.org.evil.example/", None), ("https://example.org@evil.example/", None),
    ("/\\evil.example", None), ("\\\\evil.example", None), ("javascript:alert(1)", None),
    ("/x\r\nSet-Cookie: a=b", None), ("/x y", None), ("/é", None), ("/../../x", None),
    ("/.//evil.example", "/evil.example"), ("/x/..//evil.example", "/evil.example"),
    ("///evil.example", None), ("https:///evil.example", None), ("data:text/html,x", None),
    ("ftp://example.org/", None), ("#top", None), ("mailto:a@example.org", None),
])
def test_a_page_leads_only_to_pages_of_this_site(wanted: str, path: str | None) -> None:
    assert formmail.path(wanted, "/club/join.html", BASE) == path


def test_without_an_address_of_the_site_a_full_address_is_elsewhere() -> None:
    assert formmail.path("https://example.org/x", "/join.html", "") is None
    assert formmail.path("thanks.html", "/join.html", "") == "/thanks.html"


def test_required_names_what_must_not_be_empty() -> None:
    fields = [Field("email", "E-mail", [("not an address", None)]), Field("realname", "Name"),
              Field("phone", "Phone", [("1", None)]), Field("note", "Note"),
              Field("agreed", "I agree", [("no", None)])]
    asked = wishes(required="email,realname,phone,fax,agreed")
    found = formmail.missing(asked, fields, {"agreed": False})
    assert [field.name for field in found] == ["email", "realname", "agreed"]
    fields[0].values = [("ann@example.org", None)]
    found = formmail.missing(asked, fields, {"agreed": True})
    assert [field.name for field in found] == ["realname"]


@pytest.mark.parametrize("sort, order", [
    ("", "bca"), ("alphabetic", "abc"), ("order:c,a", "cab"), ("order: a , a, x ", "abc"),
    ("nonsense", "bca"),
])
def test_fields_are_sorted_as_asked_and_none_is_lost(sort: str, order: str) -> None:
    fields = [Field(name, name) for name in "bca"]
    assert "".join(field.name for field in formmail.in_order(wishes(sort=sort), fields)) == order


@pytest.mark.parametrize("reply_to, fields, address", [
    ("", {"mail": "a@example.org"}, "a@example.org"),
    ("", {"mail": "a@example.org", "email": "b@example.org"}, "b@example.org"),
    ("", {"email": "b@example.org", "_replyto": "c@example.org"}, "c@example.org"),
    ("", {"email": "a@b, c@d", "mail": "a@example.org"}, "a@example.org"),
    ("other", {"mail": "a@example.org", "other": "o@example.org"}, "o@example.org"),
    ("other", {"mail": "a@example.org"}, None), ("none", {"mail": "a@example.org"}, None),
    ("", {"email": "a@example.org\u2028Bcc: b@example.org"}, None), ("", {}, None),
])
def test_the_visitors_address_is_one_address_or_none(
    reply_to: str, fields: dict[str, str], address: str | None,
) -> None:
    sent = filled("<input type=email name=mail><input name=email><input name=_replyto>"
                  "<input name=other>", **fields)
    found = formmail.reply_address(settings(reply_to=reply_to), sent.form, sent.verdict.values)
    assert found == address


def test_several_addresses_in_one_field_are_nobodys_to_answer() -> None:
    sent = filled("<input type=email multiple name=mail>", mail="a@example.org,b@example.org")
    assert formmail.reply_address(settings(), sent.form, sent.verdict.values) is None
    assert answers.read(sent.form, sent.verdict.values)[0].text == "a@example.org, b@example.org"
