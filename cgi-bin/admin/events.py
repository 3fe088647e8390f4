#!/usr/bin/env python3
"""Events: who did what to whom, when, and how it ended."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, Routes, render, run
from chapbook.accounts.events import EVENTS
from collection import eventlog, permissions, sheets

AT_ONCE = 50                  # events on one page


def show(request):
    """The events, newest first."""
    choice = eventlog.EventChoice(request)
    rows = eventlog.latest(request.db, before=choice.before, limit=AT_ONCE, **choice.filters)
    csv = request.url_for("admin/events/csv", what=choice.what or None, q=choice.words or None,
                          outcome=choice.outcome or None, account=choice.account)
    return render(request, "admin/events.html", rows=rows, choice=choice, csv=csv, kinds=EVENTS,
                  outcomes=eventlog.OUTCOMES, most=eventlog.CSV_MOST, **choice.names(rows))


def csv(request):
    """The events of a choice, for spreadsheets."""
    choice = eventlog.EventChoice(request)
    return sheets.download(eventlog.csv(request.db, request.config, **choice.filters), "events.csv")


application = Routes({
    "/": Page(get=show, allow=permissions.EVENTS),
    "/csv": Page(get=csv, allow=permissions.EVENTS),
})

if __name__ == "__main__":
    run(application)
