"""The contract: what a page leaves for after the answer does not hold the visitor up."""
from __future__ import annotations

import uuid

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import eventually


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_visitor_has_the_answer_before_the_work_is_done(gateway: Gateway, method: str) -> None:
    note = uuid.uuid4().hex
    begun, go, done = (gateway.site.path(f"var/later-{note}-{part}")
                       for part in ("begun", "go", "done"))
    body = b"" if method == "POST" else None
    answer = gateway.ask(method, f"/answers/later?note={note}", body=body)
    assert answer.text == "answered" and begun.exists() and not done.exists()
    assert gateway.get("/answers/text").status == 200        # nor anybody else
    go.touch()
    assert eventually(done.exists)
    assert eventually(lambda: f"after {note}" in gateway.site.log())


def test_an_error_leaves_nothing_to_do(gateway: Gateway) -> None:
    note = uuid.uuid4().hex
    gateway.site.path(f"var/later-{note}-go").touch()
    assert gateway.get(f"/answers/later?note={note}&fail").status == 409
    assert gateway.get("/answers/text").status == 200
    assert not gateway.site.path(f"var/later-{note}-done").exists()
