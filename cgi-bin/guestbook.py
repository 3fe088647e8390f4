#!/usr/bin/env python3
"""Guestbook: read the entries, sign the book, follow it by feed."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Page, Routes, redirect, render, run
from collection import guestbook


def show(request):
    """The newest entries, or those before the one that ?before= names, and the form to sign."""
    return leaf(request, before=request.query.number("before"))


def sign(request):
    """Store an entry, or show the form again with what is wrong."""
    values = {name: request.form.get(name, "").strip() for name in ("name", "place", "message")}
    errors = guestbook.faults(values)
    if errors:
        return leaf(request, status=422, errors=errors, values=values)
    guestbook.sign(request.db, **values)
    return redirect(request.url)          # 303, so a reload does not sign twice


def feed(request):
    """The newest entries as an Atom feed."""
    return render(request, "guestbook.xml", type="application/atom+xml",
                  entries=guestbook.latest(request.db),
                  page_url=request.absolute(request.script_url),
                  feed_url=request.absolute(request.url))


def leaf(request, before=None, status=200, errors={}, values={}):
    """One leaf of the book, and the form with what was wrong in it."""
    entries = guestbook.latest(request.db, limit=20, before=before)
    return render(request, "guestbook.html", status=status, entries=entries, older=entries.older,
                  paged=before is not None, errors=errors, values=values)


application = Routes({"/": Page(get=show, post=sign), "/feed": Page(get=feed)})

if __name__ == "__main__":
    run(application)
