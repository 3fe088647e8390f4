#!/usr/bin/env python3
"""Sign out: this browser's visit ends."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, redirect, render, run


def show(request):
    """The button, or that nobody is signed in."""
    return render(request, "account/signout.html")


def leave(request):
    """End the session."""
    request.session.sign_out()
    request.flash("You are signed out.")
    return redirect(request.url_for("index"))


application = Page(get=show, post=leave, allow="everyone")

if __name__ == "__main__":
    run(application)
