#!/usr/bin/env python3
"""Register: ask for an account; a link is mailed to the address."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, redirect, render, run
from collection import accountmail, entering, membership


def show(request):
    """The form, or who gets an account here; and where to look after it was sent."""
    if membership.is_open(request):
        accountmail.link(request, "index")    # 503 for all, where the site cannot mail links
    return render(request, "account/register.html", mode=request.config.accounts.registration,
                  sent=request.query.get("sent"))


def ask(request):
    """Mail a link; the answer does not tell whether the address has an account."""
    wait = membership.ask(request, request.form["address"])
    if wait:
        return entering.later(request, wait)
    return redirect(request.url + "?sent=yes")


application = Page(get=show, post=ask, allow="everyone")

if __name__ == "__main__":
    run(application)
