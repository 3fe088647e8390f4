#!/usr/bin/env python3
"""User: one account, what happened to it, and what can be done with it."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, Routes, redirect, render, run
from chapbook.session import Session
from collection import eventlog, permissions, reauthentication, users
from collection.choices import pressed
from collection.oneself import FIELD

SAID = {
    "approve": "The account is open now. Its owner is told by mail.",
    "refuse": "The account was refused, and is deleted.",
    "enable": "The account is open again.",
    "disable": "The account is closed. Nobody signs in to it.",
    "sessions": "It is signed out everywhere.",
    "factor": "The second factor is off.",
    "reset": "A link to choose another password is on its way. It is good for an hour.",
}
EVENTS_SHOWN = 10


def show(request, id):
    """One account."""
    one = users.account(request.db, id)
    return render(request, "admin/user.html", one=one, roles=users.ROLES,
                  state=users.STATES[one.state], own=id == request.user.id,
                  sessions=Session.list(request.db, id), asked=reauthentication.wanted(request),
                  events=eventlog.latest(request.db, account=id, limit=EVENTS_SHOWN))


def change(request, id):
    """Do what the button says."""
    do = pressed(request)
    if do == "role":
        return change_role(request, id, request.form["role"])
    if FIELD in request.form:                 # the page has it for accounts that weigh most
        reauthentication.confirm(request)
    done = users.change(request, id, do)
    request.flash(SAID[do] if done else "There was nothing to be done.")
    return redirect(request.url_for("admin/users") if do == "refuse" else request.url)


def change_role(request, id, role):
    """Give it another role; to make an administrator, or none, one's own password is asked for."""
    if role == "administrator" or request.form.get(FIELD):
        reauthentication.confirm(request)
    users.set_role(request, id, role)
    request.flash(f"The role is {role} now. The account is signed out everywhere.")
    return redirect(request.url)


def doubt(request, id):
    """Whether the account shall really be deleted."""
    one = users.account(request.db, id)
    return render(request, "admin/user_delete.html", one=one, own=id == request.user.id,
                  asked=reauthentication.wanted(request))


def delete(request, id):
    """Delete it for good."""
    reauthentication.confirm(request)
    users.change(request, id, "delete")
    request.flash("The account is deleted.")
    return redirect(request.url_for("admin/users"))


# once=False: a wrong password must be counted, though the page refuses. All of it can be done twice.
application = Routes({
    "/{id:int}": Page(get=show, post=change, allow=permissions.USERS, once=False),
    "/{id:int}/delete": Page(get=doubt, post=delete, allow=permissions.USERS, once=False),
})

if __name__ == "__main__":
    run(application)
