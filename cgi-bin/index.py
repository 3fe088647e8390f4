#!/usr/bin/env python3
"""The home page: what this site is, and the newest entries of the guestbook."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Page, render, run
from collection import guestbook


def show(request):
    """The home page."""
    return render(request, "index.html", entries=guestbook.latest(request.db, limit=3))


application = Page(get=show)

if __name__ == "__main__":
    run(application)
