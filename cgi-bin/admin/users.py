#!/usr/bin/env python3
"""Users: every account, searched and sorted, and what can be done with many at once."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, Routes, redirect, render, run
from chapbook.filters import plural
from collection import invitations, permissions, sheets, users
from collection.choices import AT_ONCE, pressed, ticked

SAID = {"approve": "approved", "enable": "enabled", "disable": "disabled",
        "sessions": "signed out everywhere"}


def show(request):
    """A list of accounts."""
    choice = users.UserChoice(request)
    rows = users.latest(request.db, before=choice.before, limit=AT_ONCE, **choice.filters)
    csv = request.url_for("admin/users/csv", show=choice.show, role=choice.role or None,
                          q=choice.words or None)
    return render(request, "admin/users.html", rows=rows, counts=users.counts(request.db),
                  role=choice.role, roles=users.ROLES, states=users.STATES, csv=csv,
                  invited=len(invitations.waiting(request.db)), **choice.names(rows))


def change(request):
    """Approve, enable or disable the accounts that were chosen, or end their sessions."""
    choice, do, ids = users.UserChoice(request), pressed(request), ticked(request)
    done = sum(users.change(request, id, do) for id in ids)
    left = len(ids) - done
    request.flash(f"{plural(done, 'account')} {SAID[do]}."
                  + (f" With {left:,} there was nothing to be done." if left else ""))
    return redirect(choice.address())


def csv(request):
    """The accounts of a list, for spreadsheets."""
    choice = users.UserChoice(request)
    body = users.csv(request.db, request.config, **choice.filters)
    return sheets.download(body, f"users-{choice.show}.csv")


application = Routes({
    "/": Page(get=show, post=change, allow=permissions.USERS),
    "/csv": Page(get=csv, allow=permissions.USERS),
})

if __name__ == "__main__":
    run(application)
