#!/usr/bin/env python3
"""Forgotten password: a link to set another one is mailed to the address of the account."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, redirect, render, run
from collection import accountmail, entering, membership


def show(request):
    """The form; and where to look after it was sent."""
    accountmail.link(request, "index")        # 503 for all, where the site cannot mail links
    return render(request, "account/forgotten.html", sent="sent" in request.query)


def ask(request):
    """Mail a link; the answer does not tell whether the address has an account."""
    wait = membership.forgotten(request, request.form["address"])
    if wait:
        return entering.later(request, wait)
    return redirect(request.url + "?sent=yes")


application = Page(get=show, post=ask, allow="everyone")

if __name__ == "__main__":
    run(application)
