#!/usr/bin/env python3
"""Counts the visits of each visitor, in their session, and says so on the next page."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Forbidden, Page, Response, redirect, run


def show(request):
    """How many there were, and the notes."""
    session = request.session
    if request.query.get("write"):
        session["visits"] = 0
    return Response.json({"visits": session.get("visits"), "account": session.account_id,
                          "notes": request.flashes()})


def count(request):
    """One visit more; with `do` it is the last, or the first that is signed in, or none at all."""
    session, do = request.session, request.form.get("do")
    session["visits"] = session.get("visits", 0) + 1
    if do == "fail":
        raise Forbidden()
    if do == "enter":
        session.sign_in(7)
    if do == "leave":
        session.sign_out()
    request.flash(f"Visit № {session.get('visits')}")
    return redirect(request.url)


application = Page(get=show, post=count, form=None)

if __name__ == "__main__":
    run(application)
