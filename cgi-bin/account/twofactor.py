#!/usr/bin/env python3
"""Two factors: a code of an app besides the password, switched on and off; codes for when it is lost."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Invalid, Page, Routes, redirect, render, run
from chapbook.accounts import accounts, recovery, totp
from collection import accountmail, oneself, permissions
from collection.choices import pressed

BEGUN = "second factor begun"


def show(request):
    """Whether it is on, and what can be done about it."""
    account = oneself.account(request)
    return render(request, "account/twofactor.html", account=account,
                  left=recovery.left(request.db, account.id))


def decide(request):
    """Begin to switch it on, switch it off, or make new recovery codes."""
    oneself.prove(request)
    account, do = oneself.account(request), pressed(request)
    if do == "on":
        totp.begin(request.db, account.id)
        oneself.remember_proof(request, BEGUN)
        return redirect(request.url_for("account/twofactor/app"))
    if do == "codes":
        codes = accounts.new_recovery_codes(request.db, account.id, oneself.who(request))
        accountmail.notice(request, account, "recovery codes made")
        return shown(request, codes)
    accounts.second_factor_off(request.db, account.id, oneself.who(request))
    request.session.rotate()
    accountmail.notice(request, account, "second factor off")
    request.flash("The second factor is off. Your account is opened by the password alone.")
    return redirect(request.url)


def scan(request):
    """The secret, as a picture and as text, and the form for the first code."""
    account = oneself.account(request)
    secret = totp.pending(request.db, account.id)
    if secret is None or not oneself.is_proved(request, BEGUN):
        return redirect(request.url_for("account/twofactor"))
    address = totp.address(secret, account.address, request.config.site.title)
    return render(request, "account/app.html", address=address,
                  picture=totp.data_address(totp.picture(address)),
                  secret=" ".join(secret[at:at + 4] for at in range(0, len(secret), 4)))


def confirm(request):
    """Switch it on where the code shows that the app has the secret; other sessions end."""
    account = oneself.account(request)
    del request.session[BEGUN]
    codes = accounts.second_factor_on(
        request.db, account.id, request.form["code"], oneself.who(request))
    if codes is None:
        raise Invalid(code="This is not the code that the app shows now. Please look at it again, "
                           "and whether the clock of the phone is right.")
    request.session.revoke_others()
    request.session.rotate()
    accountmail.notice(request, account, "second factor on")
    return shown(request, codes)


def shown(request, codes):
    """The recovery codes, this once: the answer is kept nowhere."""
    return render(request, "account/codes.html", codes=codes)


application = Routes({
    "/": Page(get=show, post=decide, allow=permissions.ACCOUNT, once=False),
    "/app": Page(get=scan, post=confirm, allow=permissions.ACCOUNT, once=False),
})

if __name__ == "__main__":
    run(application)
