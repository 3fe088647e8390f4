#!/usr/bin/env python3
"""Moderation: entries of the guestbook that wait are approved or deleted, and so are others."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Routes, redirect, render, run
from collection import guestbook, moderation, permissions, sheets
from collection.choices import AT_ONCE, Choice, asked, by, pressed, said, sure, ticked


def show(request):
    """Entries of the guestbook that wait, or all that are shown."""
    choice = choice_of(request)
    rows = moderation.found(request.db, choice.view, words=choice.words, before=choice.before,
                            limit=AT_ONCE)
    return render(request, "admin/moderation.html", entries=rows, said=said(request),
                  waiting=guestbook.count(request.db, "waiting"),
                  shown=guestbook.count(request.db),
                  csv=request.url_for("admin/moderation/csv", show=choice.show,
                                      q=choice.words or None), **choice.names(rows))


def judge(request):
    """Approve entries, or go on to delete them."""
    choice, do, ids = choice_of(request), pressed(request), ticked(request)
    if do == "delete":
        return redirect(sure(request, "admin/moderation/delete", ids, choice.show))
    for id in ids:
        guestbook.approve(request.db, id)
    return redirect(choice.address(done=do))


def doubt(request):
    """Whether these entries shall really be deleted."""
    rows = [row for row in (guestbook.entry(request.db, id) for id in asked(request)) if row]
    if not rows:
        raise NotFound("What was to be deleted is gone already.")
    choice = choice_of(request)
    items = [{"text": f"{row.name}: {row.message}", "at": row.signed_at} for row in rows]
    return render(request, "admin/delete.html", items=items, verb="Delete",
                  noun=("entry", "entries"),
                  back=choice.address(), back_label="Entries",
                  action=sure(request, "admin/moderation/delete", [row.id for row in rows],
                              choice.show),
                  warning="Nobody can read them any more then, and nothing brings them back.")


def delete(request):
    """Delete them for good."""
    ids = [id for id in asked(request) if guestbook.delete(request.db, id)]
    by(request, "entries deleted", " ".join(map(str, ids)))
    return redirect(choice_of(request).address(done="delete"))


def csv(request):
    """All that the list shows, for spreadsheets."""
    choice = choice_of(request)
    body = moderation.sheet(request.db, request.config, choice.view, choice.words)
    return sheets.download(body, f"guestbook-{choice.view}.csv")


def choice_of(request):
    """What the address chooses of the entries."""
    return Choice(request, "admin/moderation", moderation.VIEWS)


application = Routes({
    "/": Page(get=show, post=judge, allow=permissions.MODERATION),
    "/delete": Page(get=doubt, post=delete, allow=permissions.MODERATION),
    "/csv": Page(get=csv, allow=permissions.MODERATION),
})

if __name__ == "__main__":
    run(application)
