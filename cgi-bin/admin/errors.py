#!/usr/bin/env python3
"""Errors: the site's log for hosts without a shell, from a request's id to its traceback."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Routes, redirect, render, run
from collection import errorlog, permissions

AT_ONCE = 20                  # events on one page
OF_ONE = 50                   # of one request
WORDS_MAX = 100               # characters


def show(request):
    """What went wrong, newest first."""
    words = " ".join((request.query.get("q") or "").split())[:WORDS_MAX]
    before = request.query.get("before") or ""
    if errorlog.is_id(words) and errorlog.latest(request.config, most=1, id=words):
        return redirect(request.url_for(f"admin/errors/{words}"))
    found = errorlog.latest(request.config, most=AT_ONCE, before=before, words=words)
    return render(
        request, "admin/errors.html", rows=found, words=words, paged=bool(before),
        newest=request.url_for("admin/errors", q=words or None),
        older=found.older and request.url_for("admin/errors", q=words or None, before=found.older))


def one(request, id):
    """What happened in one request, with its tracebacks."""
    found = errorlog.latest(request.config, most=OF_ONE, id=id) if errorlog.is_id(id) else []
    if not found:
        raise NotFound("The log has nothing of this request. It may be too old: the log is kept "
                       "until it is full twice.")
    return render(request, "admin/error.html", id=id, rows=found)


application = Routes({
    "/": Page(get=show, allow=permissions.ERRORS),
    "/{id}": Page(get=one, allow=permissions.ERRORS),
})

if __name__ == "__main__":
    run(application)
