#!/usr/bin/env python3
"""Form: settings of each form: who gets its mail, how long things are kept, what counts as spam."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Invalid, Page, Routes, redirect, render, run
from collection import inbox, permissions
from collection.choices import by, said


def show(request, form):
    """The settings of a form."""
    inbox.known(request.db, request.config, form)
    return render(request, "admin/form.html", form=form, said=said(request), most=8000,
                  settings=inbox.settings(request.db, request.config, form))


def save(request, form):
    """Change the settings of a form."""
    faults = inbox.change(request.db, request.config, form, {
        name: ", ".join(value) if isinstance(value, list) else str("" if value is None else value)
        for name, value in request.form.items()})
    if faults:
        raise Invalid(**faults)
    by(request, "settings changed", form)
    return redirect(request.url + "?done=save")


application = Routes({"/{form:path}": Page(get=show, post=save, allow=permissions.FORM_SETTINGS)})

if __name__ == "__main__":
    run(application)
