#!/usr/bin/env python3
"""Inbox: what the site's forms have received, and guestbook entries that wait, for the owner."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Invalid, NotFound, Page, Response, Routes, mail, redirect, render, run
from collection import attachments, doorkeys, entrance, exports, guestbook, inbox, submissions
from collection.choices import Choice, asked, sure, ticked
from collection.entrance import kept_private, within

AT_ONCE = 25
SAID = {
    "read": "Marked read.",
    "new": "Marked new.",
    "spam": "Marked as spam.",
    "ham": "Marked as no spam. Mail that was held back goes out now.",
    "mail": "It will be tried again.",
    "delete": "Deleted.",
    "approve": "Approved: everybody can read it now.",
    "save": "Saved.",
}


# The door

@kept_private
def door(request):
    """The button that uses a link up: programs that look at links in advance press none."""
    key = request.query.get("key", "")
    if not doorkeys.fits(request.db, key):
        return render(request, "inbox/closed.html", status=403, why="used")
    return render(request, "inbox/open.html", action=request.url_for("inbox/open", key=key))


@kept_private
def enter(request):
    """Sign in."""
    return entrance.enter(request, request.query.get("key", ""), to=request.url_for("inbox"))


@within
def way_out(request):
    """The button that signs out."""
    return render(request, "inbox/out.html")


@within
def leave(request):
    """Sign out."""
    return entrance.leave(request, to=request.url_for("inbox/closed"))


@kept_private
def closed(request):
    """What is said to who has left."""
    return render(request, "inbox/closed.html", why="" if entrance.is_open(request) else "out")


# What was received

@within
def index(request):
    """All forms, and how many entries of the guestbook wait."""
    return render(request, "inbox/index.html", forms=inbox.overview(request.db, request.config),
                  waiting=guestbook.count(request.db, "waiting"),
                  moderation=request.config.guestbook.moderation)


@within
def listed(request, form):
    """The submissions of one form."""
    choice = choice_of(request, form)
    rows = submissions.latest(request.db, form=form, words=choice.words, before=choice.before,
                              limit=AT_ONCE, **inbox.VIEWS[choice.show])
    take = {kind: request.url_for(f"inbox/take/{kind}/{form}", show=choice.show,
                                  q=choice.words or None) for kind in ("csv", "json")}
    return render(request, "inbox/list.html", form=form, rows=rows, take=take, said=said(request),
                  counts=inbox.counts(request.db, form), **choice.names(rows))


@within
def sort(request, form):
    """Mark or delete what was chosen in a list."""
    choice, do, ids = choice_of(request, form), request.form["do"], ticked(request)
    if do == "delete":
        return redirect(sure(request, "inbox/delete", ids, choice.show))
    for id in ids:
        inbox.mark(request.db, id, do)
    send(request, do)
    return redirect(choice.address(done=do))


@within
def read(request, id):
    """One submission, with what was mailed about it."""
    one = submission(request, id)
    newer, older = inbox.neighbours(request.db, one)
    mails = inbox.mails(request.db, id)
    states = [mail.state for mail in mails]
    return render(request, "inbox/read.html", one=one, newer=newer, older=older, mails=mails,
                  failed="failed" in states, held="held" in states, said=said(request),
                  reasons=inbox.reasons(one), notes=inbox.notes(one), back=list_of(request, one))


@within
def decide(request, id):
    """Mark one submission, have its mail sent again, or go on to delete it."""
    one, do = submission(request, id), request.form["do"]
    if do == "delete":
        return redirect(sure(request, "inbox/delete", [id], "spam" if one.spam else None))
    if do == "mail":
        inbox.send_again(request.db, id)
    else:
        inbox.mark(request.db, id, do)
    send(request, do)
    return redirect(request.url + f"?done={do}")


@within
def download(request, id, file):
    """A file that came with a submission, to be saved: it is a stranger's, and never shown here."""
    found = submissions.file(request.db, id, file)
    if found is None:
        raise NotFound("There is no such file any more.")
    response = Response.file(attachments.path_of(request.config, found.path),
                             type="application/octet-stream", download=found.filename)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


@within
def doubt(request):
    """Whether these submissions shall really be deleted."""
    rows = [row for row in (submissions.read(request.db, id) for id in asked(request)) if row]
    if not rows:
        raise NotFound("What was to be deleted is gone already.")
    items = [{"text": row.summary, "at": row.received_at} for row in rows]
    return render(request, "inbox/delete.html", items=items, noun=("submission", "submissions"),
                  back=list_of(request, rows[0]), back_label=rows[0].form,
                  action=sure(request, "inbox/delete", [row.id for row in rows]),
                  warning="Their files go with them, and so does what is known of mail about them. "
                          "Mail that was sent is where it was sent to.")


@within
def delete(request):
    """Delete them for good."""
    ids = asked(request)
    one = submission(request, ids[0])
    files = [file for id in ids for file in submissions.delete(request.db, id)]
    request.after(lambda: attachments.remove(request.config, files))
    return redirect(list_of(request, one, done="delete"))


@within
def take(request, kind, form):
    """All of a choice as a file: CSV or JSON."""
    choice = choice_of(request, form)
    chosen = {"form": form, "words": choice.words, **inbox.VIEWS[choice.show]}
    if kind == "csv":
        body = exports.csv(request.db, request.config, **chosen)
        response = Response(body, headers=[("Content-Type", "text/csv; charset=utf-8")])
    elif kind == "json":
        response = Response.json(exports.json(request.db, **chosen))
    else:
        raise NotFound()
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in form)
    response["Content-Disposition"] = f'attachment; filename="{name}-{choice.show}.{kind}"'
    return response


@within
def settings(request, form):
    """The settings of a form."""
    return render(request, "inbox/settings.html", form=form_of(request, form), said=said(request),
                  settings=inbox.settings(request.db, request.config, form), most=8000)


@within
def save(request, form):
    """Change the settings of a form."""
    faults = inbox.change(request.db, request.config, form, {
        name: ", ".join(value) if isinstance(value, list) else str("" if value is None else value)
        for name, value in request.form.items()})
    if faults:
        raise Invalid(**faults)
    return redirect(request.url + "?done=save")


# The guestbook

@within
def entries(request):
    """Entries of the guestbook that wait, or all that are shown."""
    choice = entries_of(request)
    some = guestbook.waiting if choice.show == "waiting" else guestbook.latest
    rows = some(request.db, limit=AT_ONCE, before=choice.before)
    return render(request, "inbox/guestbook.html", entries=rows, said=said(request),
                  waiting=guestbook.count(request.db, "waiting"),
                  shown=guestbook.count(request.db), **choice.names(rows))


@within
def judge(request):
    """Approve entries, or go on to delete them."""
    choice, do, ids = entries_of(request), request.form["do"], ticked(request)
    if do == "delete":
        return redirect(sure(request, "inbox/guestbook/delete", ids, choice.show))
    for id in ids:
        guestbook.approve(request.db, id)
    return redirect(choice.address(done=do))


@within
def doubt_entries(request):
    """Whether these entries shall really be deleted."""
    rows = [row for row in (guestbook.entry(request.db, id) for id in asked(request)) if row]
    if not rows:
        raise NotFound("What was to be deleted is gone already.")
    items = [{"text": f"{row.name}: {row.message}", "at": row.signed_at} for row in rows]
    return render(request, "inbox/delete.html", items=items, noun=("entry", "entries"),
                  back=request.url_for("inbox/guestbook", show=request.query.get("show")),
                  back_label="Guestbook",
                  action=sure(request, "inbox/guestbook/delete", [row.id for row in rows],
                              request.query.get("show")),
                  warning="Nobody can read them any more then, and nothing brings them back.")


@within
def delete_entries(request):
    """Delete them for good."""
    for id in asked(request):
        guestbook.delete(request.db, id)
    return redirect(request.url_for("inbox/guestbook", show=request.query.get("show"),
                                    done="delete"))


# What these share

def submission(request, id):
    """A submission with its answers and files; NotFound where there is none."""
    one = submissions.read(request.db, id)
    if one is None:
        raise NotFound("There is no submission of this number any more.")
    return one


def send(request, do):
    """Have mail sent that this has let go, where no cron does it."""
    if do in ("ham", "mail"):
        mail.send_soon(request)


def list_of(request, one, **more):
    """The address of the list that has this submission."""
    return request.url_for(f"inbox/list/{one.form}", show="spam" if one.spam else None, **more)


def form_of(request, form):
    """The name of a form that there is; NotFound for others."""
    if not inbox.is_known(request.db, request.config, form):
        raise NotFound("No form of this name has received anything.")
    return form


def choice_of(request, form):
    """What the address chooses of a form's submissions."""
    return Choice(request, f"inbox/list/{form_of(request, form)}", list(inbox.VIEWS))


def entries_of(request):
    """What the address chooses of the guestbook's entries."""
    return Choice(request, "inbox/guestbook", ["waiting", "all"])


def said(request):
    """What was done just before, by the word in the address; "" for none."""
    return SAID.get(request.query.get("done", ""), "")


application = Routes({
    "/": Page(get=index),
    "/open": Page(get=door, post=enter),
    "/out": Page(get=way_out, post=leave),
    "/closed": Page(get=closed),
    "/list/{form:path}": Page(get=listed, post=sort),
    "/read/{id:int}": Page(get=read, post=decide),
    "/read/{id:int}/file/{file:int}": Page(get=download),
    "/delete": Page(get=doubt, post=delete),
    "/take/{kind}/{form:path}": Page(get=take),
    "/settings/{form:path}": Page(get=settings, post=save),
    "/guestbook": Page(get=entries, post=judge),
    "/guestbook/delete": Page(get=doubt_entries, post=delete_entries),
})

if __name__ == "__main__":
    run(application)
