#!/usr/bin/env python3
"""Address: another one, once both the old and the new have agreed by a link that was mailed."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Routes, redirect, render, run
from chapbook.accounts import moving, tokens
from collection import newaddress, oneself, permissions
from collection.choices import pressed

AGREED = ("Thank you, that is noted. As soon as both the old and the new address have agreed, the "
          "new one is that of your account.")
MOVED = "Both addresses have agreed: your account has the new one now."


def show(request):
    """The address, the change that waits if there is one, and the form for another."""
    account = oneself.account(request)
    return render(request, "account/address.html", account=account,
                  waits=moving.pending(request.db, account.id))


def decide(request):
    """Ask for another address, or give up the change that waits."""
    if pressed(request) == "cancel":
        moving.cancel(request.db, oneself.user(request).id)
        request.flash("Your address stays as it is.")
        return redirect(request.url)
    oneself.prove(request)
    newaddress.ask(request, request.form["address"])
    request.flash("Two mails are on their way. Please open the link in each of them within a day.")
    return redirect(request.url)


def by_new(request):
    """The button of the link that was mailed to the new address."""
    return agreeing(request, "change")


def by_old(request):
    """The button of the link that was mailed to the old address."""
    return agreeing(request, "allow")


def agreeing(request, purpose):
    """The button, for the account that the link is for."""
    account = oneself.account(request)
    found = tokens.look(request.db, purpose, request.query.get("token") or "")
    if found is None or found.account_id != account.id:
        raise NotFound("This link is not for your account, or was used before, or is older than a "
                       "day. What waits is shown under “Address”.")
    return render(request, "account/agree.html", account=account, address=found.about,
                  purpose=purpose)


def new_agrees(request):
    """Agree, at the new address."""
    return agree(request, "change")


def old_agrees(request):
    """Agree, at the old address."""
    return agree(request, "allow")


def agree(request, purpose):
    """Note that one of both agrees; that somebody else has the new address is not told."""
    step = newaddress.agree(request, purpose, request.query.get("token") or "")
    if step is None:
        raise NotFound("This link was used before, or is older than a day.")
    request.flash(MOVED if step.moved else AGREED)
    return redirect(request.url_for("account/address"))


application = Routes({
    "/": Page(get=show, post=decide, allow=permissions.ACCOUNT, once=False),
    "/new": Page(get=by_new, post=new_agrees, allow=permissions.ACCOUNT),
    "/old": Page(get=by_old, post=old_agrees, allow=permissions.ACCOUNT),
})

if __name__ == "__main__":
    run(application)
