#!/usr/bin/env python3
"""Inbox: what the forms of this site have received, to be read, marked and deleted."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Routes, mail, redirect, render, run
from collection import attachments, guestbook, inbox, permissions, submissions
from collection.choices import AT_ONCE, asked, by, pressed, said, sure, ticked


def index(request):
    """All forms, and how many entries of the guestbook wait."""
    return render(request, "admin/inbox/index.html",
                  forms=inbox.overview(request.db, request.config),
                  waiting=guestbook.count(request.db, "waiting"),
                  moderation=request.config.guestbook.moderation)


def listed(request, form):
    """The submissions of one form."""
    choice = inbox.chosen(request, form)
    rows = submissions.latest(request.db, words=choice.words, before=choice.before, limit=AT_ONCE,
                              **choice.view)
    shown = {"show": choice.show, "q": choice.words or None}
    return render(request, "admin/inbox/list.html", form=form, rows=rows, said=said(request),
                  csv=request.url_for(f"admin/take/csv/{form}", **shown),
                  json=request.url_for(f"admin/take/json/{form}", **shown),
                  counts=inbox.counts(request.db, form), **choice.names(rows))


def sort(request, form):
    """Mark or delete what was chosen in a list."""
    choice, do, ids = inbox.chosen(request, form), pressed(request), ticked(request)
    if do == "delete":
        return redirect(sure(request, "admin/inbox/delete", ids, choice.show))
    change(request, ids, do)
    return redirect(choice.address(done=do))


def read(request, id):
    """One submission, with what was mailed about it."""
    one = inbox.submission(request.db, id)
    newer, older = inbox.neighbours(request.db, one)
    mails = inbox.mails(request.db, id)
    states = [row.state for row in mails]
    return render(request, "admin/inbox/read.html", one=one, newer=newer, older=older, mails=mails,
                  failed="failed" in states, held="held" in states, said=said(request),
                  reasons=inbox.reasons(one), notes=inbox.notes(one),
                  back=inbox.list_of(request, one))


def decide(request, id):
    """Mark one submission, have its mail sent again, or go on to delete it."""
    one, do = inbox.submission(request.db, id), pressed(request)
    if do == "delete":
        return redirect(sure(request, "admin/inbox/delete", [id], "spam" if one.spam else None))
    change(request, [id], do)
    return redirect(request.url + f"?done={do}")


def doubt(request):
    """Whether these submissions shall really be deleted."""
    rows = doubted(request)
    items = [{"text": row.summary, "at": row.received_at} for row in rows]
    return render(request, "admin/delete.html", items=items, verb="Delete",
                  noun=("submission", "submissions"),
                  back=inbox.list_of(request, rows[0]), back_label=rows[0].form,
                  action=sure(request, "admin/inbox/delete", [row.id for row in rows]),
                  warning="Their files go with them, and so does what is known of mail about them. "
                          "Mail that was sent is where it was sent to.")


def delete(request):
    """Delete them for good."""
    rows = doubted(request)
    files = [file for row in rows for file in submissions.delete(request.db, row.id)]
    for form in sorted({row.form for row in rows}):
        ids = " ".join(str(row.id) for row in rows if row.form == form)
        by(request, "submissions deleted", f"{form}: {ids}")
    request.after(lambda: attachments.remove(request.config, files))
    return redirect(inbox.list_of(request, rows[0], done="delete"))


def doubted(request):
    """The submissions that the address names, as far as they are there; NotFound for none."""
    rows = [row for row in (submissions.read(request.db, id) for id in asked(request)) if row]
    if not rows:
        raise NotFound("What was to be deleted is gone already.")
    return rows


def change(request, ids, do):
    """Mark submissions, or have their mail sent again, where no cron does it."""
    for id in ids:
        inbox.mark(request.db, id, do)
    if do in ("ham", "mail"):
        mail.send_soon(request)


application = Routes({
    "/": Page(get=index, allow=permissions.INBOX),
    "/list/{form:path}": Page(get=listed, post=sort, allow=permissions.INBOX),
    "/read/{id:int}": Page(get=read, post=decide, allow=permissions.INBOX),
    "/delete": Page(get=doubt, post=delete, allow=permissions.INBOX),
})

if __name__ == "__main__":
    run(application)
