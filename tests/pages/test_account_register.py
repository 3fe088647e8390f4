"""Register: who may ask for an account, what is mailed, and that no answer tells who has one."""
import pytest

from chapbook.accounts import accounts
from chapbook.db import connect

from tests.support.postbox import Postbox, fill

SENT = "/account/register?sent=yes"


@pytest.fixture
def postbox(visitor, database_config):
    """The mails of this site, on which everybody may ask for an account."""
    vars(database_config.accounts).update(registration="open")
    return Postbox(database_config)


def ask(client, address, **more):
    return fill(client, "/account/register", address=address, **more)


def test_a_link_is_mailed_to_the_address_and_nothing_else_is_made(
    visitor, postbox, database_config
):
    answer = ask(visitor, "Ann@example.org")
    assert answer.status == 303 and answer["Location"] == SENT
    assert "Look into your mail" in visitor.get(SENT).text
    mail, = postbox.all()
    assert mail.recipient == "Ann@example.org" and mail.subject.startswith("Confirm your address")
    assert "http://127.0.0.1/account/confirm?token=" in mail.body
    assert "session" not in visitor.cookies
    with connect(database_config) as db:
        assert accounts.find(db, "ann@example.org") is None


@pytest.mark.parametrize(("state", "subject"), [
    ("active", "You have an account already"), ("waiting", "Your account waits"),
    ("disabled", "Your account is closed"),
])
def test_an_address_that_has_an_account_is_told_so_by_mail_alone(
    visitor, people, postbox, state, subject
):
    people.add("member", "ann", state=state)
    answers = [ask(visitor, f"{name}@example.org") for name in ("ann", "nobody")]
    first, second = ((answer.status, sorted(answer.headers), answer.body) for answer in answers)
    assert first == second and answers[0]["Location"] == SENT
    assert postbox.subjects("ann@example.org") == [subject]
    assert "token=" not in postbox.all()[0].body


@pytest.mark.parametrize(("mode", "words"), [
    ("invitation", "by invitation"), ("closed", "No accounts are made here"),
])
def test_where_accounts_are_not_for_everybody_there_is_no_form(
    visitor, postbox, database_config, mode, words
):
    vars(database_config.accounts).update(registration=mode)
    page = visitor.get("/account/register")
    assert page.status == 200 and words in page.text and "<form" not in page.text
    assert visitor.post("/account/register", address="ann@example.org").status == 403
    assert postbox.all() == []


@pytest.mark.parametrize("address", ["|rm@example.org", "a%b@example.org", "ann@-example.org"])
def test_an_address_that_no_mail_goes_to_is_refused_beside_its_field(visitor, postbox, address):
    answer = ask(visitor, address)
    assert answer.status == 422 and 'id="address-error"' in answer.text
    assert postbox.all() == []


def test_nobody_is_flooded_with_mail_though_the_answer_stays_the_same(visitor, postbox):
    answers = [ask(visitor, "ann@example.org", network=f"192.0.2.{number}") for number in range(5)]
    assert {answer["Location"] for answer in answers} == {SENT}
    assert postbox.subjects("ann@example.org") == ["Confirm your address"] * 3


def test_a_network_that_asks_too_often_has_to_wait(visitor, postbox):
    answers = [ask(visitor, f"ann{number}@example.org") for number in range(11)]
    assert [answer.status for answer in answers] == [303] * 10 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 300 and len(postbox.all()) == 10


def test_the_link_is_that_of_the_site_whatever_host_was_asked(visitor, postbox, database_config):
    vars(database_config.site).update(base_url="https://example.org", hosts="*")
    visitor.request("POST", "/account/register", b"address=ann%40example.com",
                    "application/x-www-form-urlencoded",
                    headers={"X-Forwarded-Host": "evil.example"},
                    environ={"HTTP_HOST": "evil.example", "SERVER_NAME": "evil.example"})
    mail, = postbox.all()
    assert "https://example.org/account/confirm?token=" in mail.body and "evil" not in mail.body


def test_a_site_that_does_not_know_its_address_says_so_and_mails_no_dead_link(
    visitor, postbox, database_config
):
    vars(database_config.mail).update(via="smtp")
    for url in ("/account/register", "/account/forgotten"):
        answer = visitor.get(url)
        assert answer.status == 503 and "has not been told its own address" in answer.text
        assert visitor.post(url, address="ann@example.org").status == 503
    assert postbox.all() == []
