#!/usr/bin/env python3
"""Invite: somebody gets a link by mail that makes an account; who has not come yet is listed."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Page, redirect, render, run
from collection import invitations, permissions, reauthentication, users


def show(request):
    """The form to invite somebody, and the invitations that wait."""
    return render(request, "admin/invite.html", roles=users.ROLES,
                  waiting=invitations.waiting(request.db),
                  asked=reauthentication.wanted(request))


def change(request):
    """Invite somebody, or withdraw an invitation."""
    if "withdraw" in request.form:
        address = request.form["withdraw"]
        done = invitations.withdraw(request, address)
        request.flash(f"The invitation of {address} is worth nothing any more." if done
                      else "That invitation was taken already, or withdrawn.")
        return redirect(request.url)
    address, role = request.form["address"], request.form["role"]
    if role == "administrator":
        reauthentication.confirm(request)
    invitations.invite(request, address, role)
    request.flash(f"{address} is invited. The mail is on its way.")
    return redirect(request.url)


# once=False: a wrong password must be counted, though the page refuses.
application = Page(get=show, post=change, allow=permissions.USERS, once=False)

if __name__ == "__main__":
    run(application)
