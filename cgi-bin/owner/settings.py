#!/usr/bin/env python3
"""Settings of each form: who gets its mail, how long things are kept, what counts as spam."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Invalid, Page, Routes, redirect, render, run
from collection import inbox
from collection.choices import said
from collection.entrance import within


@within
def show(request, form):
    """The settings of a form."""
    inbox.known(request.db, request.config, form)
    return render(request, "owner/settings.html", form=form, said=said(request), most=8000,
                  settings=inbox.settings(request.db, request.config, form))


@within
def save(request, form):
    """Change the settings of a form."""
    faults = inbox.change(request.db, request.config, form, {
        name: ", ".join(value) if isinstance(value, list) else str("" if value is None else value)
        for name, value in request.form.items()})
    if faults:
        raise Invalid(**faults)
    return redirect(request.url + "?done=save")


application = Routes({"/{form:path}": Page(get=show, post=save)})

if __name__ == "__main__":
    run(application)
