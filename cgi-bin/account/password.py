#!/usr/bin/env python3
"""Password: another one, for who gives the one before; all other sessions end."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Invalid, Page, redirect, render, run
from chapbook.accounts import accounts, passwords
from collection import accountmail, oneself, permissions


def show(request):
    """The form."""
    return render(request, "account/password.html")


def change(request):
    """Set the new one; this session goes on under a new token."""
    oneself.prove(request)
    account, new = oneself.account(request), request.form["password"]
    fault = passwords.fault(new, address=account.address, name=account.name)
    if fault is not None:
        raise Invalid(password=fault)
    accounts.change_password(request.db, account.id, new, oneself.who(request),
                             but=request.session.id)
    request.session.rotate()
    accountmail.notice(request, account, "password changed")
    request.flash("Your password is changed. All other browsers are signed out.")
    return redirect(request.url_for("account/me"))


application = Page(get=show, post=change, allow=permissions.ACCOUNT, once=False)

if __name__ == "__main__":
    run(application)
