"""All that the site has about one's own account, as one JSON file: for who signs in to it, and
without what would open it (passwords, secrets, codes, tokens) or what is about others.
"""
from __future__ import annotations

import time

from chapbook.accounts import recovery
from chapbook.filters import iso
from chapbook.response import Response

from . import browsers, oneself, pictures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.config import Config
    from chapbook.db import Database, Row
    from chapbook.request import Request

BATCH = 500                   # events read at once
MAILS_MOST = 1000             # the newest


def download(request: Request) -> Response:
    """The file, to be saved; that it was made is written down."""
    from chapbook.accounts import events

    account = oneself.account(request)
    events.note(request.db, "data taken", "done", oneself.who(request), account.id)
    data = everything(request.db, request.config, account, request.session.id)
    response = Response(_text(data), headers=[("Content-Type", "application/json")])
    day = time.strftime("%Y-%m-%d", time.gmtime())
    response["Content-Disposition"] = f'attachment; filename="my-data-{day}.json"'
    response["Cache-Control"] = "no-store"
    return response


def everything(
    db: Database, config: Config, account: Row, session: int | None = None
) -> dict[str, Any]:
    """What is known of an account, with times as ISO 8601 has them in UTC; `session` is the id of
    the session that asks."""
    return {
        "site": {"title": config.site.title, "address": config.site.base_url or None},
        "made_at": iso(int(time.time())),
        "account": {
            "number": account.id, "address": account.address, "name": account.name,
            "role": account.role, "state": account.state, "time_zone": account.timezone or None,
            **_times(account, "created_at", "confirmed_at", "signed_in_at"),
            "password_changed_at": _iso(account.password_at),
            "second_factor_since": _iso(account.totp_at),
            "recovery_codes_left": recovery.left(db, account.id),
        },
        "picture": _picture(config, account.picture),
        "sessions": [_session(row, session) for row in db.all(
            "SELECT id, data, created_at, seen_at, ends_at, remember, agent FROM session"
            " WHERE account_id = :id ORDER BY id", id=account.id)],
        "links_mailed": [
            {"purpose": row.purpose, "about": row.about or None,
             **_times(row, "made_at", "expires_at", "used_at")}
            for row in db.all(
                "SELECT purpose, about, made_at, expires_at, used_at FROM account_token"
                " WHERE account_id = :id ORDER BY made_at, token_hash", id=account.id)],
        "mails": [
            {"subject": row.subject, "state": row.state, **_times(row, "written_at", "sent_at")}
            for row in db.all(
                "SELECT subject, state, written_at, sent_at FROM outbox WHERE about = :about"
                " ORDER BY id DESC LIMIT :most", about=f"account {account.id}", most=MAILS_MOST)],
        "events": [
            {"happened_at": _iso(row.happened_at), "what": oneself.in_words(row),
             "outcome": row.outcome, "network": oneself.network(row),
             "by_oneself": row.actor_id == account.id}
            for row in _events(db, "of", account.id)],
        "done_to_others": [
            {"happened_at": _iso(row.happened_at), "kind": row.what, "outcome": row.outcome}
            for row in _events(db, "by", account.id)],
    }


_EVENTS = {
    "of": "SELECT id, happened_at, what, outcome, account_id, actor_id, network, about"
          " FROM security_event WHERE account_id = :id AND id < :before"
          " ORDER BY id DESC LIMIT :most",
    "by": "SELECT id, happened_at, what, outcome FROM security_event WHERE actor_id = :id"
          " AND (account_id IS NULL OR account_id <> :id) AND id < :before"
          " ORDER BY id DESC LIMIT :most",
}


def _events(db: Database, which: str, id: int) -> list[Row]:
    found: list[Row] = []
    before = 2**63 - 1
    while True:
        rows = db.all(_EVENTS[which], id=id, before=before, most=BATCH)
        found += rows
        if len(rows) < BATCH:
            return found
        before = rows[-1].id


def _session(row: Row, current: int | None) -> dict[str, Any]:
    import json

    held = json.loads(row.data)
    return {
        "browser": browsers.in_words(row.agent), "calls_itself": row.agent,
        "this_one": row.id == current, "stays_signed_in": bool(row.remember),
        **_times(row, "created_at", "seen_at", "ends_at"),
        "remembers": {name: value for name, value in held.items() if not name.startswith("_")},
    }


def _picture(config: Config, name: str) -> dict[str, str] | None:
    from binascii import b2a_base64

    try:
        with open(pictures.path_of(config, name), "rb") as file:
            content = b2a_base64(file.read(), newline=False).decode("ascii")
    except (OSError, ValueError):             # there is none
        return None
    return {"type": pictures.TYPES[name.rpartition(".")[2]], "base64": content}


def _times(row: Row, *names: str) -> dict[str, str | None]:
    return {name: _iso(row[name]) for name in names}


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else iso(seconds)


def _text(data: dict[str, Any]) -> bytes:
    import json

    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
