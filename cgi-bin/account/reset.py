#!/usr/bin/env python3
"""Reset: set another password, by the link that was mailed for it."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, redirect, render, run
from collection import membership


def show(request):
    """The form; it does not tell whose password it is."""
    if not membership.resettable(request.db, request.query.get("token") or ""):
        return render(request, "account/worn.html", status=404, what="reset")
    return render(request, "account/reset.html")


def change(request):
    """Set the password; the link and all sessions of the account end."""
    membership.reset(request, request.query.get("token") or "", request.form["password"])
    request.flash("Your password is set. Please sign in with it.")
    return redirect(request.url_for("account/signin"))


application = Page(get=show, post=change, allow="everyone")

if __name__ == "__main__":
    run(application)
