"""A thousand hostile posts: no mail to anybody but those configured, and no failure of ours."""
from email import message_from_bytes, policy

import pytest

from chapbook import mail

from tests.support.formsite import OWNER, FormSite
from tests.support.hostile import ADDRESSES, GOOD, PAGE, SALES, VICTIM, posts, urlencoded

POSTS = 1000


@pytest.fixture
def site(visitor, tmp_path):
    site = FormSite(visitor, tmp_path)
    site.page("old", PAGE, more=' enctype="multipart/form-data"')
    site.set("old", aliases=f"sales: {SALES}", daily="100000", rate="5")
    return site


def headers_of(number):
    """Now and then what else a client can say."""
    if number % 7 == 0:
        return {"Sec-Fetch-Site": "same-origin", "User-Agent": "() { :;}; mail x\u00ff",
                "Accept-Language": f"x{number}", "Referer": f"https://example.org/\u00e9{VICTIM}"}
    return {"Sec-Fetch-Site": "same-origin", "User-Agent": f"Robot/{number}"}


def test_a_thousand_hostile_posts_mail_nobody_else_and_never_fail(site):
    statuses = {}
    for number, (kind, body) in enumerate(posts()):
        kind = kind.encode("utf-8", "replace").decode("latin-1")
        answer = site.visitor.request(
            "POST", "/forms/old", body, kind, headers=headers_of(number),
            environ={"REMOTE_ADDR": f"192.0.2.{number % 60}"})
        assert answer.status < 500, (kind, body[:300], answer.text)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    assert sum(statuses.values()) >= POSTS and {303, 413, 415} < statuses.keys(), statuses
    assert statuses[422] > 100 and statuses[400] > 50, statuses
    mails = site.mails()
    assert {sent.recipient for sent in mails} == {SALES}
    assert {sent.subject for sent in mails} == {"Old: A Chapbook site: Question"}
    assert len(site.stored()) == len(mails) > 100
    assert not any(" 500 " in line or "Traceback" in line for line in site.log().splitlines())
    delivered(site)


def delivered(site):
    """Every mail that was let go is one message to one address, in form as in content."""
    vars(site.config.mail).update(folder="var/mail")
    assert mail.work(site.config, seconds=300, most=2000).failed == 0
    files = list((site.root / "var/mail").glob("*.eml"))
    assert len(files) > 20
    for file in files:
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert [each.addr_spec for each in message["To"].addresses] == [SALES]
        assert [each.addr_spec for each in message["From"].addresses] == [OWNER]
        assert len(message["Reply-To"].addresses if message["Reply-To"] else [0]) == 1
        assert not {"cc", "bcc", "sender"} & {name.lower() for name in message.keys()}
        assert message.get_content_type() == "text/plain" and not message.is_multipart()


def test_the_answer_to_visitors_goes_to_one_address_and_says_nothing_of_theirs(site):
    site.set("old", autoreply="We write soon.")
    for number, text in enumerate((*ADDRESSES, "bob@example.com")):
        for name in ("email", "_replyto"):
            site.visitor.request(
                "POST", "/forms/old", *reversed(urlencoded(GOOD | {name: text, "realname": text})),
                headers={"Sec-Fetch-Site": "same-origin"},
                environ={"REMOTE_ADDR": f"192.0.2.{number}"})
    answers = [sent for sent in site.mails() if sent.recipient != SALES]
    assert {(sent.body, sent.subject) for sent in answers} == {
        ("We write soon.", "A Chapbook site")}
    assert {sent.recipient for sent in answers} <= {"bob@example.com", "a@xn--exmple-cua.org"}
    assert len(answers) == len({sent.recipient for sent in answers})
