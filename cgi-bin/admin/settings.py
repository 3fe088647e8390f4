#!/usr/bin/env python3
"""Settings: those of site.ini that may be changed while the site runs."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, redirect, render, run, settings
from chapbook.accounts import events
from collection import oneself, permissions, sitesettings


def show(request):
    """The form with all of them."""
    # In the address of the form, so that what is sent tells which file it was made from.
    seen = request.query.get("seen") or settings.fingerprint(request.config)
    return render(request, "admin/settings.html", groups=sitesettings.GROUPS,
                  texts=sitesettings.texts(request.config), most=sitesettings.LINE_MOST,
                  elsewhere=sitesettings.elsewhere(request.config),
                  zones=sitesettings.zones(request.config),
                  action=request.url_for("admin/settings", seen=seen))


def save(request):
    """Write what was changed into site.ini; where that cannot be, show the lines for it."""
    plan = sitesettings.plan(request.config, {
        name: ", ".join(value) if isinstance(value, list) else str("" if value is None else value)
        for name, value in request.form.items()}, request.query.get("seen") or "")
    if not plan.changed:
        request.flash("Nothing was changed.")
        return redirect(request.url)
    if not plan.can_be_written:
        return render(request, "admin/settings_lines.html", lines=plan.lines,
                      back=request.url_for("admin/settings"))
    events.note(request.db, "settings changed", "done", oneself.who(request), None,
                ", ".join(plan.changed))
    # Last, because no rollback brings a file back: what comes before has not failed then. Should
    # the commit fail after it, this handler runs again, and finds the file as it wants it.
    plan.write()
    request.flash("Saved. It holds from now on.")
    return redirect(request.url)


application = Page(get=show, post=save, allow=permissions.SETTINGS)

if __name__ == "__main__":
    run(application)
