#!/usr/bin/env python3
"""Upgrades: another release in the place of this one, or the one before again."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Routes, cookies, redirect, render, run
from collection import permissions, reauthentication, upgrades
from collection.choices import by


def show(request):
    """The release that the site has, the zips that are there, and how the last upgrade ended."""
    site, missing = upgrades.site(request.config)
    return render(request, "admin/upgrade/index.html", release=site, missing=missing,
                  zips=upgrades.zips(request.config), last=upgrades.last(request.config),
                  uploads=request.config.upgrade.upload, folder=request.config.path("var/upgrade"))


def take(request):
    """Keep the zip that was sent, where the page has a form for it; its own page says if it fits."""
    return redirect(request.url_for(
        "admin/upgrade/zip/" + upgrades.take(request.config, request.form["zip"])))


def look(request, name):
    """What one zip would change."""
    return render(request, "admin/upgrade/zip.html", one=found(request, name),
                  kinds=upgrades.KINDS, asked=reauthentication.wanted(request))


def begin(request, name):
    """Close the site, and begin; the address that follows goes on by itself."""
    one = found(request, name)
    reauthentication.confirm(request)
    by(request, "upgrade begun", f"{one.version} ({one.release})")
    token = upgrades.begin(request, one)
    response = redirect(request.url_for("admin/upgrade"))
    cookie, attributes = cookies.own(request, upgrades.COOKIE)
    response.set_cookie(cookie, token, **attributes)
    return response


def doubt(request):
    """Whether to go back really."""
    return render(request, "admin/upgrade/back.html", last=upgrades.last(request.config),
                  asked=reauthentication.wanted(request))


def back(request):
    """Begin to go back; the next request does it."""
    reauthentication.confirm(request)
    by(request, "upgrade taken back", "")
    upgrades.take_back(request.config)
    return redirect(request.url_for("admin/upgrade"))


def found(request, name):
    """One of the zips; NotFound for what is none."""
    one = upgrades.review(request.config, name)
    if one is None:
        raise NotFound("There is no such zip.")
    return one


# once=False: a wrong password must be counted, though the page refuses. Nothing is begun twice.
application = Routes({
    "/": Page(get=show, post=take, allow=permissions.UPGRADES, once=False),
    "/zip/{name}": Page(get=look, post=begin, allow=permissions.UPGRADES, once=False),
    "/back": Page(get=doubt, post=back, allow=permissions.UPGRADES, once=False),
})

if __name__ == "__main__":
    run(application)
