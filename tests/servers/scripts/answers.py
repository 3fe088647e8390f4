#!/usr/bin/env python3
"""Answers of every kind, one to an address."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

import time

from chapbook import Conflict, Page, Response, Routes, Unavailable, redirect, run


def text(request):
    """Text beyond ASCII."""
    return Response.text("Grüße, 世界 🖋\n")


def tagged(request):
    """A page with validators."""
    response = Response.html("<!doctype html><title>Tagged</title><p>The same as ever.")
    response.etag = "v1"
    response.last_modified = 1_000_000_000
    return response


def file(request):
    """A file, in ranges where they are asked for."""
    return Response.file(request.config.path("htdocs", "style.css"))


def download(request):
    """A file with a name for the visitor's disk."""
    path = request.config.path("htdocs", "style.css")
    return Response.file(path, type="application/octet-stream", download="Lösung.css")


def big(request):
    """A mebibyte, none of its lines like another."""
    return Response.text("".join(f"{number:015d}\n" for number in range(65536)))


def cookies(request):
    """Two cookies."""
    response = Response.text("Two cookies\n")
    response.set_cookie("first", "1")
    response.set_cookie("second", "2")
    return response


def injected(request):
    """A header with a line break, which must never go out."""
    return Response(b"", 200, [("X-Name", "a\r\nSet-Cookie: stolen=1")])


def fail(request):
    """A mistake of the page's author."""
    secret = "hunter2"
    return Response.text(secret + 1)


def conflict(request):
    """A fault with a sentence for the visitor and a detail for the owner."""
    raise Conflict("That seat is taken.", detail="seat 17, private detail")


def busy(request):
    """Come back later."""
    raise Unavailable(retry_after=7)


def again(request):
    """After a POST: back to the form."""
    return redirect(request.url_for("answers/text", done="yes & no"))


def elsewhere(request):
    """A redirect that would leave the site."""
    return redirect(request.query.get("next", "//evil.example/"))


def nothing(request):
    """No Response at all."""


def later(request):
    """An answer that does not wait for what is still to be done; ?note= names it."""
    note, path = request.query["note"], request.config.path("var", "later")
    open(f"{path}-{note}-begun", "w").close()

    def work():
        until = time.monotonic() + 20
        while not os.path.exists(f"{path}-{note}-go") and time.monotonic() < until:
            time.sleep(0.02)
        open(f"{path}-{note}-done", "w").close()
        raise ValueError(f"after {note}")
    request.after(work)
    if "fail" in request.query:
        raise Conflict()
    return Response.text("answered")


application = Routes({
    "/later": Page(get=later, post=later, form=None),
    "/text": Page(get=text), "/tagged": Page(get=tagged), "/file": Page(get=file),
    "/download": Page(get=download), "/big": Page(get=big), "/cookies": Page(get=cookies),
    "/injected": Page(get=injected), "/fail": Page(get=fail), "/conflict": Page(get=conflict),
    "/busy": Page(get=busy), "/again": Page(post=again, form=None),
    "/elsewhere": Page(get=elsewhere), "/nothing": Page(get=nothing),
})

if __name__ == "__main__":
    run(application)
