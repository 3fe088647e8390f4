#!/usr/bin/env python3
"""Me: one's own account at a glance, and what has happened to it."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, render, run
from chapbook.accounts import events, recovery
from chapbook.session import Session
from collection import oneself, permissions

AT_ONCE = 10                  # events


def show(request):
    """What there is, with a way to change each of it."""
    account = oneself.account(request)
    before = request.query.number("before", 0) or None
    rows = events.of(request.db, account.id, before=before, most=AT_ONCE + 1)
    older = rows[AT_ONCE - 1].id if len(rows) > AT_ONCE else None
    return render(request, "account/me.html", account=account, before=before, older=older,
                  happened=[(oneself.in_words(row), oneself.network(row), row)
                            for row in rows[:AT_ONCE]],
                  sessions=len(Session.list(request.db, account.id)),
                  codes=recovery.left(request.db, account.id))


application = Page(get=show, allow=permissions.ACCOUNT)

if __name__ == "__main__":
    run(application)
