#!/usr/bin/env python3
"""Sessions: where one is signed in; each can be ended, and all the others at once."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Routes, redirect, render, run
from chapbook.session import Session
from collection import browsers, oneself, permissions


def show(request):
    """The browsers that are signed in to this account."""
    rows = browsers.of(oneself.user(request), request.db, request.session.id)
    return render(request, "account/sessions.html", rows=rows)


def end_others(request):
    """End all sessions but this one."""
    count = request.session.revoke_others()
    request.session.rotate()
    request.flash("No other browser is signed in now." if count else
                  "No other browser was signed in.")
    return redirect(request.url)


def one(request, id):
    """One of them, to be ended; this one is ended by signing out."""
    row = browsers.get_for(oneself.user(request), request.db, id)
    if row.id == request.session.id:
        raise NotFound(browsers.GONE)
    return render(request, "account/session.html", row=row)


def end(request, id):
    """End one."""
    if not Session.revoke(request.db, oneself.user(request).id, id):
        raise NotFound(browsers.GONE)
    request.flash("That browser is signed out.")
    return redirect(request.url_for("account/sessions"))


application = Routes({
    "/": Page(get=show, post=end_others, allow=permissions.ACCOUNT),
    "/{id:int}": Page(get=one, post=end, allow=permissions.ACCOUNT),
})

if __name__ == "__main__":
    run(application)
