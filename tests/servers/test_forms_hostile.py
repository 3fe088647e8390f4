"""Hostile posts through each gateway: no failure, and no mail to anybody but those configured."""
from __future__ import annotations

import pytest

from chapbook.db import connect

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS
from tests.support.hostile import PAGE, SALES, VICTIM, posts

EACH = 9                                # of the thousand, each gateway gets every ninth


@pytest.mark.parametrize("turn, name", list(enumerate(GATEWAYS)))
def test_they_mail_nobody_else_and_never_fail(
    engine_gateways: Running, turn: int, name: str
) -> None:
    site, gateway = engine_gateways.site, engine_gateways[name]
    site.drop("htdocs/old.html", (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Old</title></head>'
        f'<body><form method="post" action="/forms/old" enctype="multipart/form-data">{PAGE}'
        "</form></body></html>"))
    with connect(site.config) as db, db.transaction():
        for option, value in (("aliases", f"sales: {SALES}"), ("rate", "100000")):
            db.run("DELETE FROM form_setting WHERE form = 'old' AND name = :name", name=option)
            db.run("INSERT INTO form_setting (form, name, value) VALUES ('old', :name, :value)",
                   name=option, value=value)
    statuses: dict[int, int] = {}
    for kind, body in list(posts())[turn::EACH]:
        kind = "".join(letter for letter in kind if " " <= letter <= "~")    # or no server takes it
        answer = gateway.ask("POST", "/forms/old", {
            "Content-Type": kind, "Referer": f"https://example.org/{VICTIM}"}, body)
        assert answer.status < 500, (kind, body[:300], answer.text)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    assert {303, 422, 400} <= statuses.keys(), statuses
    with connect(site.config) as db:
        mails = db.all("SELECT outbox.recipient FROM outbox JOIN submission"
                       " ON about = 'submission ' || submission.id WHERE form = 'old'"
                       " ORDER BY outbox.id" if db.engine == "sqlite" else
                       "SELECT outbox.recipient FROM outbox JOIN submission"
                       " ON about = CONCAT('submission ', submission.id) WHERE form = 'old'"
                       " ORDER BY outbox.id")
        addresses = {row.recipient for row in db.all("SELECT recipient FROM outbox ORDER BY id")}
    assert mails and {mail.recipient for mail in mails} == {SALES}
    assert VICTIM not in addresses
