#!/usr/bin/env python3
"""Guestbook: read the entries, sign the book, follow it by feed."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Page, Routes, redirect, render, run
from collection import guestbook


def show(request):
    """The newest entries, or those before the one that ?before= names, and the form to sign."""
    before = request.query.number("before")
    entries = guestbook.latest(request.db, limit=20, before=before)
    return render(request, "guestbook.html", entries=entries, older=entries.older,
                  paged=before is not None, waits="waits" in request.query)


def sign(request):
    """Store an entry; the form in guestbook.html has been enforced already."""
    entry = guestbook.sign(request.db, **request.form)
    waits = guestbook.is_waiting(request.db, entry)
    return redirect(request.url + ("?waits=yes" if waits else f"#entry-{entry}"))


def feed(request):
    """The newest entries as an Atom feed."""
    return render(request, "guestbook.xml", type="application/atom+xml",
                  entries=guestbook.latest(request.db),
                  page_url=request.absolute(request.script_url),
                  feed_url=request.absolute(request.url))


application = Routes({"/": Page(get=show, post=sign), "/feed": Page(get=feed)})

if __name__ == "__main__":
    run(application)
