#!/usr/bin/env python3
"""Sign in: address and password, then the code of the second factor where there is one."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Invalid, Page, Routes, redirect, render, run
from chapbook.accounts import signin
from collection import entering, membership

WRONG = ("Nobody can sign in with this address and this password. Please look at both: capital and "
         "small letters of a password are not the same.")


def show(request):
    """The form, whoever is signed in."""
    return render(request, "account/signin.html", registers=membership.is_open(request))


def enter(request):
    """Sign in, or go on to ask for a code; whatever is wrong, the answer is the same."""
    form = request.form
    outcome = signin.authenticate(
        request.db, form["address"], form["password"], entering.who(request))
    if outcome.retry_after:
        return entering.too_many(request, outcome.retry_after, address=form["address"])
    if outcome.account is None:
        raise Invalid(WRONG)
    if outcome.wants_code:
        entering.wait_for_code(request, outcome, form["remember"])
        return redirect(request.url_for("account/signin/code", next=request.query.get("next")))
    if not entering.enter(request, outcome.account, outcome.mark, remember=form["remember"],
                          new_place=outcome.is_new_place):
        raise Invalid(WRONG)
    return redirect(request.next("account/me"))


def ask(request):
    """The form for the code, for whom the password was right a moment ago."""
    if entering.waiting(request) is None:
        return again(request)
    return code_form(request)


def code_form(request):
    """The form for the code."""
    return render(request, "account/code.html")


def verify(request):
    """Sign in with the code."""
    held = entering.waiting(request)
    if held is None:
        request.flash("That took more than ten minutes. Please sign in once more.")
        return again(request)
    outcome = signin.second(
        request.db, held["account"], request.form["code"], entering.who(request),
        mark=held["mark"])
    if outcome.retry_after:
        return entering.too_many(request, outcome.retry_after, account_id=held["account"])
    if outcome.why == "changed":
        return changed(request)
    if outcome.account is None:
        raise Invalid(code="This code is not right, or was used before. Codes of an app change "
                           "every half minute: please give the one that it shows now.")
    if not entering.enter(request, outcome.account, held["mark"], remember=held["remember"],
                          new_place=held["new place"], by_recovery=outcome.by_recovery):
        return changed(request)
    return redirect(request.next("account/me"))


def changed(request):
    """Back to the beginning, since password or second factor are others now."""
    request.session.pop(entering.NAME, None)
    request.flash("Your account was changed in the meantime. Please sign in once more.")
    return again(request)


def again(request):
    """Back to address and password."""
    return redirect(request.url_for("account/signin", next=request.query.get("next")))


application = Routes({
    "/": Page(get=show, post=enter, allow="everyone", once=False),
    "/code": Page(get=ask, post=verify, form=code_form, allow="everyone", once=False),
})

if __name__ == "__main__":
    run(application)
