#!/usr/bin/env python3
"""Dashboard: what waits for who is signed in, and how the site is."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, render, run
from collection import dashboard, permissions


def show(request):
    """What waits, what the doctor finds, and what went wrong last."""
    outbox = dashboard.may(request, permissions.OUTBOX)
    site = dashboard.may(request, permissions.SETTINGS)
    log = dashboard.may(request, permissions.ERRORS)
    return render(
        request, "admin/dashboard.html", waiting=dashboard.waiting(request),
        cron=dashboard.cron(request) if outbox else None,
        findings=dashboard.findings(request) if site else None,
        errors=dashboard.errors(request) if log else None)


application = Page(get=show, allow=permissions.DASHBOARD)

if __name__ == "__main__":
    run(application)
