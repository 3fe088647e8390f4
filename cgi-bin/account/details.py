#!/usr/bin/env python3
"""Details: how one is called and shown, and in which time zone one reads times."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import Invalid, Page, redirect, render, run
from chapbook.accounts import accounts, names
from collection import oneself, permissions, pictures, timezones
from collection.choices import pressed


def show(request):
    """The forms: name and time zone, then the picture."""
    account = oneself.account(request)
    return render(request, "account/details.html", account=account, most=accounts.NAME_MOST,
                  zones=timezones.by_region(account.timezone), drawn=pictures.available())


def save(request):
    """Change what was sent: name and time zone, or the picture."""
    do = pressed(request)
    if do == "picture":
        add_picture(request)
    elif do == "remove":
        put_picture(request, "")
    else:
        change(request)
    request.flash("It is changed.")
    return redirect(request.url)


def change(request):
    """Another name, another time zone, or both."""
    name, zone = names.cleaned(request.form["name"]), request.form["timezone"] or ""
    if not name:
        raise Invalid(name="Your name must have letters that can be seen.")
    account, who = oneself.account(request), oneself.who(request)
    if name != account.name:
        accounts.change_name(request.db, account.id, name, who)
    if zone != account.timezone:
        accounts.change_timezone(request.db, account.id, zone, who)


def add_picture(request):
    """Another picture, made of a file; the database is asked for nothing while it is drawn."""
    upload = request.form["picture"]
    wait = pictures.wait(request.db, oneself.user(request).id)
    if wait:
        raise Invalid(picture=f"You have sent many. Please wait for {-(-wait // 60)} min.")
    try:
        data, ending = pictures.made(request.config, upload.file)
    except pictures.BadPicture as error:
        raise Invalid(picture=str(error)) from error
    put_picture(request, pictures.keep(request.config, upload, data, ending))


def put_picture(request, name):
    """Name the picture's file; the one before goes as soon as that is sure."""
    id, config = oneself.user(request).id, request.config
    before = accounts.change_picture(request.db, id, name, oneself.who(request))
    request.after(lambda: pictures.remove(config, before))


# once=False: else the database would be held while a picture is drawn, and no try counted.
application = Page(get=show, post=save, allow=permissions.ACCOUNT, once=False)

if __name__ == "__main__":
    run(application)
