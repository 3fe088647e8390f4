"""Forms of static pages through each gateway, on SQLite and on MariaDB."""
from __future__ import annotations

import json
import stat
import uuid
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

import pytest

from chapbook.db import connect
from collection import attachments, submissions
from collection.submissions import Submission

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.letters import OWNER, PLAN, accept_all, book, write


@pytest.fixture
def running(engine_gateways: Running) -> Running:
    """The gateways on each engine, of a site whose letters and bookings somebody gets."""
    accept_all(engine_gateways.site)
    return engine_gateways


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, running: Running) -> Gateway:
    """Each gateway on each engine."""
    return running[request.param]


def stored(gateway: Gateway, words: str) -> list[Submission]:
    """The submissions that have these words."""
    with connect(gateway.site.config) as db:
        return submissions.whole(db, words=words)


def mailed(gateway: Gateway, id: int) -> list[str]:
    """Whom the mails about a submission are for."""
    with connect(gateway.site.config) as db:
        return [row.recipient for row in db.all(
            "SELECT recipient FROM outbox WHERE about = :about ORDER BY id",
            about=submissions.about(id))]


def files(gateway: Gateway) -> set[Path]:
    """All that lies in the folder of the uploads."""
    return set(Path(gateway.site.config.path("var/uploads")).rglob("*"))


def answers(one: Submission) -> Mapping[str, list[str]]:
    """What was filled in, by the names of the fields."""
    return {field.name: [answer.value for answer in field.answers] for field in one.fields}


def test_a_letter_is_stored_with_the_mail_to_its_owner(gateway: Gateway) -> None:
    word = uuid.uuid4().hex
    answer = write(gateway, f"Grüße & 1 < 2 🖋\n{word}")
    assert answer.status == 200 and "What you sent has arrived." in answer.text
    assert f"Grüße &amp; 1 &lt; 2 🖋\n{word}" in answer.text
    one, = stored(gateway, word)
    assert answers(one) == {"name": ["Zoë"], "email": ["zoe@example.net"], "about": ["A question"],
                            "message": [f"Grüße & 1 < 2 🖋\n{word}"]}
    assert (one.reasons, one.reply_to, one.repeats) == ("", "zoe@example.net", 0)
    assert mailed(gateway, one.id) == [OWNER]


def test_a_booking_is_stored_with_its_file_which_nobody_else_can_read(gateway: Gateway) -> None:
    notes = uuid.uuid4().hex
    for _ in range(2):                            # a double click
        answer = book(gateway, PLAN, notes=notes)
        assert answer.status == 200, answer.text
        assert "What you sent has arrived." in answer.text and "plän.pdf" in answer.text
    one, = stored(gateway, notes)
    assert one.repeats == 1 and mailed(gateway, one.id) == [OWNER]
    file = Path(attachments.path_of(gateway.site.config, one.files[0].path))
    assert file.read_bytes() == PLAN
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for target in (f"/var/uploads/forms/{file.name}", f"/uploads/forms/{file.name}",
                   f"/forms/{file.name}"):
        assert gateway.get(target).status in (403, 404)


def test_what_does_not_fit_the_page_comes_back_in_it_and_leaves_nothing(gateway: Gateway) -> None:
    notes, before = uuid.uuid4().hex, files(gateway)
    answer = book(gateway, PLAN, notes=notes, guests="81", occasion="A riot")
    assert answer.status == 422 and notes in answer.text
    assert 'id="guests-error"' in answer.text and 'id="occasion-error"' in answer.text
    assert stored(gateway, notes) == [] and files(gateway) == before


def test_a_script_is_refused_and_thanked_in_json(gateway: Gateway) -> None:
    word = uuid.uuid4().hex
    refused = write(gateway, word, accept="application/json", email="nobody")
    assert refused.status == 422 and refused["Content-Type"] == "application/json"
    said = json.loads(refused.body)
    assert set(said) == {"sentence", "errors"} and set(said["errors"]) == {"email"}
    assert said["errors"]["email"].startswith("Your e-mail address") and stored(gateway, word) == []
    taken = write(gateway, word, accept="application/json").json
    assert taken["sentence"] == "What you sent has arrived."
    assert {field["name"]: field["text"] for field in taken["received"]}["message"] == word


def test_a_form_that_no_page_has_is_not_found(gateway: Gateway) -> None:
    for path in ("/forms/nothing", "/forms/CONTACT", "/forms/..%2flib", "/forms/contact/",
                 "/cgi-bin/forms.py/nothing"):
        assert gateway.get(path).status == write(gateway, "Hello", path).status == 404, path


@pytest.mark.parametrize("prefix", ["/forms", "/cgi-bin/forms.py"])
def test_the_address_of_a_form_shows_or_leads_to_its_page(gateway: Gateway, prefix: str) -> None:
    answer = gateway.get(f"{prefix}/booking")
    if prefix == "/forms":                        # the page's form goes there
        assert answer.status == 200 and 'action="/forms/booking"' in answer.text and answer.once
    else:
        assert (answer.status, answer["Location"]) == (303, "/booking.html")
    assert gateway.get("/booking.html").status == 200


def test_a_page_may_send_to_the_address_in_cgi_bin(gateway: Gateway) -> None:
    page = gateway.site.path("htdocs/contact.html").read_text("utf-8")
    gateway.site.drop("htdocs/plain.html", page.replace("forms/contact", "cgi-bin/forms.py/plain"))
    word, path = uuid.uuid4().hex, "/cgi-bin/forms.py/plain"
    refused = write(gateway, word, path, name="")
    assert refused.status == 422 and f'action="{path}"' in refused.text
    assert 'href="/style.css"' in refused.text
    assert write(gateway, word, path, _once=refused.once).status == 200
    one, = stored(gateway, word)
    assert one.form == "plain"


def test_an_address_that_the_page_does_not_send_to_says_what_to_do(gateway: Gateway) -> None:
    word = uuid.uuid4().hex
    answer = write(gateway, word, "/cgi-bin/forms.py/contact")
    assert answer.status == 403 and "Please open it again and look." in answer.text
    assert stored(gateway, word) == []


def test_what_is_sent_twice_is_stored_once_and_answered_alike(gateway: Gateway) -> None:
    word = uuid.uuid4().hex
    token = write(gateway, word, about="").once
    first, again = (write(gateway, word, _once=token) for _ in range(2))
    assert first.status == 200 and first.page == again.page and first.ours == again.ours
    one, = stored(gateway, word)
    assert mailed(gateway, one.id) == [OWNER]
    assert write(gateway, word + " and more", _once=token).status == 200
    assert len(stored(gateway, word)) == 2


def test_what_is_sent_many_times_at_once_is_stored_once(running: Running) -> None:
    word = uuid.uuid4().hex
    token = write(running["builtin"], word, about="").once
    seen: list[bytes] = []

    def visit(name: str) -> None:
        seen.append(write(running[name], word, _once=token).body)

    threads = [Thread(target=visit, args=[name]) for name in GATEWAYS * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(threads) and len(set(seen)) == 1
    one, = stored(running["builtin"], word)
    assert mailed(running["builtin"], one.id) == [OWNER]


@pytest.mark.parametrize("changed", [
    {"guests": "81", "name": "<b>"}, {"day": "31 May", "needs": "cellar"}, {"_once": "stale"}, {},
], ids=str)
def test_all_gateways_answer_alike(running: Running, changed: dict[str, str]) -> None:
    found = [book(running[name], PLAN, **{"notes": "alike", **changed}) for name in GATEWAYS]
    assert found[0].status == (422 if changed else 200)
    for name, answer in zip(GATEWAYS, found):
        assert answer.status == found[0].status, name
        assert answer.ours == found[0].ours, name
        assert answer.page == found[0].page, name
