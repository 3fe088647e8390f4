#!/usr/bin/env python3
"""Outbox: the mail of this site that waits, has failed, is held back or was sent."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Conflict, NotFound, Page, Routes, mail, redirect, render, run
from collection import outboxes, permissions, sheets
from collection.choices import AT_ONCE, asked, by, pressed, said, sure, ticked

JUST_SENT = "It is just being sent, or was: nothing can be changed any more."


def listed(request):
    """Mails of one state, or all."""
    choice = outboxes.chosen(request)
    rows = outboxes.latest(request.db, choice.view, words=choice.words, before=choice.before,
                           limit=AT_ONCE)
    return render(request, "admin/outbox/list.html", rows=rows, said=said(request),
                  unsent=[row.id for row in rows if row.state != "sent"],
                  counts=outboxes.counts(request.db), cron_at=mail.cron_seen_at(request.db),
                  cron_is_here=mail.cron_was_here(request.db),
                  csv=request.url_for("admin/outbox/csv", show=choice.show, q=choice.words or None),
                  **choice.names(rows))


def sort(request):
    """Send now what was chosen in a list, or go on to discard it."""
    choice, ids = outboxes.chosen(request), ticked(request)
    if pressed(request) == "discard":
        return redirect(sure(request, "admin/outbox/discard", ids, choice.show))
    if not [id for id in ids if mail.again(request.db, id)]:
        raise Conflict(JUST_SENT)
    mail.send_soon(request)
    return redirect(choice.address(done="again"))


def read(request, id):
    """One mail in full."""
    one = outboxes.one(request.db, id)
    if one is None:
        raise NotFound("There is no mail of this number any more.")
    return render(request, "admin/outbox/read.html", one=one, said=said(request))


def decide(request, id):
    """Send it now, or go on to discard it."""
    if pressed(request) == "discard":
        return redirect(sure(request, "admin/outbox/discard", [id]))
    if not mail.again(request.db, id):
        raise Conflict(JUST_SENT)
    mail.send_soon(request)
    return redirect(request.url + "?done=again")


def doubt(request):
    """Whether these mails shall really be discarded."""
    choice = outboxes.chosen(request)
    rows = [row for row in (outboxes.one(request.db, id) for id in asked(request)) if row]
    rows = [row for row in rows if row.state != "sent"]
    if not rows:
        raise NotFound("What was to be discarded was sent meanwhile, or is gone already.")
    items = [{"text": f"{row.recipient}: {row.subject}", "at": row.written_at} for row in rows]
    return render(request, "admin/delete.html", items=items, verb="Discard",
                  noun=("mail", "mails"), back=choice.address(), back_label="Mails",
                  action=sure(request, "admin/outbox/discard", [row.id for row in rows],
                              choice.show),
                  warning="They are not sent then, and nothing brings them back. What they are "
                          "about stays.")


def discard(request):
    """Discard them for good, as far as nobody is just sending them."""
    gone = [id for id in asked(request) if mail.drop(request.db, id)]
    if not gone:
        raise Conflict(JUST_SENT)
    by(request, "mail discarded", " ".join(map(str, gone)))
    return redirect(outboxes.chosen(request).address(done="discard"))


def csv(request):
    """All that the list shows, for spreadsheets."""
    choice = outboxes.chosen(request)
    body = outboxes.sheet(request.db, request.config, choice.view, choice.words)
    return sheets.download(body, f"outbox-{choice.show}.csv")


application = Routes({
    "/": Page(get=listed, post=sort, allow=permissions.OUTBOX),
    "/read/{id:int}": Page(get=read, post=decide, allow=permissions.OUTBOX),
    "/discard": Page(get=doubt, post=discard, allow=permissions.OUTBOX),
    "/csv": Page(get=csv, allow=permissions.OUTBOX),
})

if __name__ == "__main__":
    run(application)
