"""Two factors: switched on and off, and the codes for when the phone is lost."""
import html
import re
import time
from base64 import b64decode
from xml.etree import ElementTree

import pyotp
import pytest

from chapbook.accounts import recovery, totp
from collection import oneself

from tests.support.ann import is_in
from tests.support.people import PASSWORD


def begun(ann):
    """The secret, from the page that shows it."""
    assert ann.proves("twofactor", do="on")["Location"] == "/account/twofactor/app"
    return re.search(r'class="key">([^<]+)<', ann.get("twofactor/app").text)[1].replace(" ", "")


def turned_on(ann):
    """The page with the recovery codes."""
    return ann.post("twofactor/app", code=pyotp.TOTP(begun(ann)).now())


def codes(page):
    return re.findall(r'<code class="key">([^<]+)</code>', page.text)


def test_it_is_on_once_the_app_has_given_a_code(ann):
    other, before = ann.other_browser(), ann.client.cookies["session"]
    answer = turned_on(ann)
    assert answer.status == 200 and answer["Cache-Control"] == "no-store"
    assert len(codes(answer)) == 10
    assert ann.row.totp_at is not None and ann.read(recovery.left, ann.id) == 10
    assert is_in(ann.client) and not is_in(other) and ann.client.cookies["session"] != before
    assert ann.mails == [("ann@example.org", "The second factor is on")]
    page = ann.get("twofactor").text
    assert "10 codes left" in page and codes(ann.get("twofactor")) == []
    assert ann.get("twofactor/app").status == 303


def test_the_picture_is_an_image_of_its_own_with_nothing_that_the_headers_forbid(ann):
    begun(ann)
    page = ann.get("twofactor/app").text
    data = re.search(r'<img src="data:image/svg\+xml;base64,([^"]+)"', page)[1]
    svg = b64decode(data)
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert b"style" not in svg and b"<script" not in svg
    link = html.unescape(re.search(r'href="(otpauth:[^"]+)"', page)[1])
    assert pyotp.parse_uri(link).name == "ann@example.org"


def test_the_codes_are_kept_nowhere(ann):
    shown = codes(turned_on(ann))

    def dump(db):
        tables = ["form_answer", "session", "recovery_code", "outbox", "security_event"]
        texts = {
            "form_answer": "SELECT sent, body, headers FROM form_answer ORDER BY sent",
            "session": "SELECT id, data FROM session ORDER BY id",
            "recovery_code": "SELECT account_id, code_hash FROM recovery_code ORDER BY code_hash",
            "outbox": "SELECT id, subject, body FROM outbox ORDER BY id",
            "security_event": "SELECT id, what, about FROM security_event ORDER BY id",
        }
        return "".join(str(dict(row)) for table in tables for row in db.all(texts[table]))
    kept = ann.read(dump)
    assert not [code for code in shown if code in kept or code.replace("-", "") in kept]
    assert "body" in kept


def test_a_wrong_code_switches_nothing_on(ann):
    secret = begun(ann)
    early = pyotp.TOTP(secret).at(int(time.time()) - 3600)
    for code in (early, "12345", "abcdef"):
        answer = ann.post("twofactor/app", code=code)
        assert answer.status == 422 and 'id="code-error"' in answer.text
    assert ann.row.totp_at is None and ann.mails == []


def test_what_was_begun_is_gone_on_with_soon_and_where_the_password_was_given(ann, monkeypatch):
    code = pyotp.TOTP(begun(ann)).now()
    other = ann.other_browser()
    assert other.get("/account/twofactor/app").status == 303
    assert other.post("/account/twofactor/app", code=code).status == 403
    monkeypatch.setattr(oneself, "PROOF_LASTS", 0)
    assert ann.get("twofactor/app").status == 303
    assert ann.post("twofactor/app", code=code).status == 403
    assert ann.row.totp_at is None


def test_without_the_password_nothing_begins_or_ends(ann):
    for do in ("on", "codes", "off"):
        assert ann.post("twofactor", own_password="another one", do=do).status in (403, 422)
    assert ann.read(totp.pending, ann.id) is None
    turned_on(ann)
    for do in ("codes", "off"):
        answer = ann.post("twofactor", own_password="another one", do=do)
        assert answer.status == 422 and "not your password" in answer.text
    assert ann.row.totp_at is not None


def test_new_codes_replace_those_before(ann):
    old = codes(turned_on(ann))
    answer = ann.proves("twofactor", do="codes")
    new = codes(answer)
    assert len(new) == 10 and answer["Cache-Control"] == "no-store"
    assert not ann.write(recovery.use, ann.id, old[0])
    assert ann.write(recovery.use, ann.id, new[0])
    assert ann.mails[-1] == ("ann@example.org", "You have new recovery codes")


def test_it_is_switched_off_and_its_owner_is_told(ann):
    turned_on(ann)
    answer = ann.proves("twofactor", do="off")
    assert (answer.status, answer["Location"]) == (303, "/account/twofactor")
    assert ann.row.totp_at is None and ann.read(recovery.left, ann.id) == 0
    assert ann.mails[-1] == ("ann@example.org", "The second factor is off")
    assert "It is <b class=\"mark\">off</b>" in ann.get("twofactor").text


@pytest.mark.parametrize("do", ["on", "codes", "off"])
def test_what_the_page_does_not_offer_cannot_be_done(ann, do):
    if do == "on":
        turned_on(ann)
    assert ann.post("twofactor", own_password=PASSWORD, do=do).status in (400, 403, 422)
    assert (ann.row.totp_at is not None) is (do == "on")
