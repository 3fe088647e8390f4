#!/usr/bin/env python3
"""Confirm: make the account that was asked for, by the link that was mailed to its address."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, render, run
from chapbook.accounts import accounts
from collection import membership


def show(request):
    """The form for name and password; the link is not used up by looking at it."""
    found = membership.invited(request, "confirm", request.query.get("token") or "")
    if found is None:
        return render(request, "account/worn.html", status=404, what="confirm")
    waits = request.config.accounts.registration == "approval"
    return render(request, "account/confirm.html", address=found.about, waits=waits,
                  known=accounts.find(request.db, found.about) is not None)


def begin(request):
    """Make the account, and sign in to it unless it has to wait."""
    return membership.joined(request, "confirm")


application = Page(get=show, post=begin, allow="everyone")

if __name__ == "__main__":
    run(application)
