#!/usr/bin/env python3
"""Export: all that the site has about one's own account, as one JSON file."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, render, run
from collection import mydata, oneself, permissions


def show(request):
    """What is in the file, and the form that asks for the password."""
    return render(request, "account/export.html")


def take(request):
    """The file; no copy of it is kept."""
    oneself.prove(request)
    return mydata.download(request)


application = Page(get=show, post=take, allow=permissions.ACCOUNT, once=False)

if __name__ == "__main__":
    run(application)
