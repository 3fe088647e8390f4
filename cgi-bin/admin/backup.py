#!/usr/bin/env python3
"""Backups: all of the site in one file, made, taken away, put back."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Response, Routes, redirect, render, run
from collection import backups, oneself, permissions, reauthentication
from collection.choices import by, pressed

REFRESH = "1"                 # seconds


def show(request):
    """The backups that there are, and what became of the last one."""
    return render(request, "admin/backup.html", rows=backups.kept(request.config),
                  last=backups.last(request.config), under_way=backups.under_way(request.config),
                  folder=backups.folder(request.config))


def make(request):
    """Begin a backup, or leave what is under way."""
    if pressed(request) == "leave":
        backups.leave(request.config)
        request.flash("It was given up. Nothing was changed.")
        return redirect(request.url)
    backups.begin(request.config)
    return redirect(request.url_for("admin/backup/work"))


def work(request):
    """Go on with what is under way; the page comes again by itself until it is done."""
    progress = backups.went_on(request.config, oneself.who(request))
    if progress is None:
        return redirect(request.url_for("admin/backup"))
    response = render(request, "admin/backup_work.html", progress=progress)
    if not progress.ended:
        response["Refresh"] = REFRESH
    return response.unkept()


def one(request, name):
    """What one backup holds."""
    return render(request, "admin/backup_file.html", one=found(request, name),
                  asked=reauthentication.wanted(request))


def take(request, name):
    """The file itself, which nobody keeps a copy of on the way."""
    path = found(request, name).path
    reauthentication.confirm(request)
    by(request, "backup taken", name)
    return Response.file(path, type="application/zip", download=name).unkept()


def doubt(request, name):
    """Whether the site shall really be put back, or the file deleted."""
    return render(request, "admin/backup_sure.html", one=found(request, name),
                  newest=backups.newest(request.config), asked=reauthentication.wanted(request))


def restore(request, name):
    """Begin to put the site back to what the backup holds."""
    path = found(request, name).path
    reauthentication.confirm(request)
    backups.begin_restore(request.config, path, bool(request.form.get("settings")))
    return redirect(request.url_for("admin/backup/work"))


def delete(request, name):
    """Delete the file."""
    path = found(request, name).path
    reauthentication.confirm(request)
    by(request, "backup deleted", name)
    os.unlink(path)
    request.flash("The backup is deleted.")
    return redirect(request.url_for("admin/backup"))


def found(request, name):
    """One of the files; NotFound for what is none."""
    one = backups.one(request.config, name)
    if one is None:
        raise NotFound("There is no such backup.")
    return one


# once=False: a wrong password must be counted, though the page refuses. All of it can be done twice.
application = Routes({
    "/": Page(get=show, post=make, allow=permissions.BACKUPS, once=False),
    "/work": Page(get=work, allow=permissions.BACKUPS),
    "/file/{name}": Page(get=one, post=take, allow=permissions.BACKUPS, once=False),
    "/restore/{name}": Page(get=doubt, post=restore, allow=permissions.BACKUPS, once=False),
    "/delete/{name}": Page(get=doubt, post=delete, allow=permissions.BACKUPS, once=False),
})

if __name__ == "__main__":
    run(application)
