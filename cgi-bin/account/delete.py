#!/usr/bin/env python3
"""Delete: one's own account, with all that belongs to it, for good."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Conflict, Invalid, Page, redirect, render, run
from chapbook.accounts import accounts
from collection import accountmail, invitations, oneself, permissions, pictures


def show(request):
    """What goes, what stays, and the form that asks for the password."""
    account = oneself.account(request)
    return render(request, "account/delete.html",
                  last=accounts.is_last_administrator(request.db, account.id))


def delete(request):
    """Delete it; who was signed in to it is signed out."""
    oneself.prove(request)
    account, config = oneself.account(request), request.config
    accountmail.notice(request, account, "account deleted")
    try:
        accounts.remove(request.db, account.id, oneself.who(request))
        invitations.withdraw_of(request, account.id)
    except Conflict as error:
        raise Invalid(error.sentence) from error
    request.session.sign_out()
    request.after(lambda: pictures.remove(config, account.picture))
    request.flash("Your account is deleted.")
    return redirect(request.url_for("index"))


application = Page(get=show, post=delete, allow=permissions.ACCOUNT, once=False)

if __name__ == "__main__":
    run(application)
