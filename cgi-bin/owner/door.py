#!/usr/bin/env python3
"""Door of the inbox: opened by the link that ./chapbook inbox prints, and left again."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, Routes, render, run
from collection import doorkeys, entrance
from collection.entrance import kept_private, within


@kept_private
def show(request):
    """The button that uses a link up: programs that look at links in advance press none."""
    key = request.query.get("key", "")
    if not doorkeys.fits(request.db, key):
        return entrance.refusal(request, "used" if key else "")
    return render(request, "owner/open.html", action=request.url_for("owner/door", key=key))


@kept_private
def enter(request):
    """Sign in."""
    return entrance.enter(request, request.query.get("key", ""), to=request.url_for("inbox"))


@within
def way_out(request):
    """The button that signs out."""
    return render(request, "owner/out.html")


@within
def leave(request):
    """Sign out."""
    return entrance.leave(request, to=request.url_for("owner/door/closed"))


@kept_private
def closed(request):
    """What is said to who has left."""
    return render(request, "owner/closed.html", why="" if entrance.is_open(request) else "out")


application = Routes({
    "/": Page(get=show, post=enter),
    "/out": Page(get=way_out, post=leave),
    "/closed": Page(get=closed),
})

if __name__ == "__main__":
    run(application)
