#!/usr/bin/env python3
"""The installer: sets up the site from a browser, once, for whoever can read its files."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

import time

from chapbook import passcode, redirect, render, run
from chapbook.installing import asked, checklist, probing, progress, state
from chapbook.installing.pages import Installer, Step, texts
from chapbook.response import Response
from collection import timezones


def enter(request):
    """The page that asks for the code; for who has given it, on to the step that is due."""
    config = request.config
    if passcode.admitted(request):
        return redirect(request.url_for("install/" + progress.due(config, state.read(config))))
    codes = passcode.codes(config)
    until = time.strftime("%H:%M", time.gmtime(codes[0].made + passcode.LIFE)) if codes else ""
    return render(request, "install/code.html", waits=bool(codes), until=until,
                  folder=os.path.basename(config.root), var=config.paths.var,
                  own=passcode.own(config))


def admit(request):
    """Write a file with a code, or let in who gives the one that is in it."""
    if "code" not in request.form:
        passcode.make(request.config)
        return redirect(request.url)
    response = redirect(request.url)
    response.headers.append(passcode.enter(request, request.form["code"]))
    return response


TEMPLATES = {
    "requirements": "install/requirements.html", "site": "install/site.html",
    "outside": "install/outside.html", "database": "install/database.html",
    "administrator": "install/administrator.html", "mail": "install/mail.html",
    "finish": "install/finish.html", "upload": "install/upload.html",
}


def step(name, take, facts=asked.no_facts):
    """A step: its form, filled in with what was answered, and what is done with what comes."""
    def show(request):
        kept = state.read(request.config)
        place = progress.led(request.config, kept, name)
        if place != name:
            return redirect(request.url_for(f"install/{place}"))
        return render(request, TEMPLATES[name], here=name, kept=kept.of(name),
                      places=progress.places(kept), **facts(request, kept))

    def send(request):
        answers = take(request, texts(request), state.read(request.config))
        if isinstance(answers, Response):
            return answers
        state.keep(request.config, name, answers)
        place = progress.due(request.config, state.read(request.config))
        return redirect(request.url_for(f"install/{place}"))

    return Step(get=show, post=send)


def site_facts(request, kept):
    """What the step about the site shows, the time zones too."""
    chosen = kept.of("site").get("timezone", "")
    return {**asked.site_facts(request, kept), "regions": timezones.by_region(chosen)}


def upload_facts(request, kept):
    """Where site.ini belongs."""
    return {"folder": os.path.basename(request.config.root)}


def finish(request, given, kept):
    """All of it; then what is left to do, or the page about the file that has to be uploaded."""
    done = asked.finish(request, kept)
    if done.handed:
        return redirect(request.url_for("install/upload"))
    return render(request, "install/done.html", items=done.items,
                  file=f"{done.final.paths.var}/{checklist.FILE}",
                  problem=probing.answers_now(done.final.site.base_url),
                  sign_in=done.final.accounts.sign_in)


application = Installer({
    "/": Step(get=enter, post=admit, open_to_all=True),
    "/requirements": step("requirements", asked.requirements_taken, asked.requirements_facts),
    "/database": step("database", asked.database_taken),
    "/administrator": step("administrator", asked.administrator_taken, asked.administrator_facts),
    "/site": step("site", asked.site_taken, site_facts),
    "/outside": step("outside", asked.outside_taken, asked.outside_facts),
    "/mail": step("mail", asked.mail_taken, asked.mail_facts),
    "/finish": step("finish", finish, asked.finish_facts),
    "/upload": step("upload", finish, upload_facts),
    "/settings": Step(get=asked.settings),
})

if __name__ == "__main__":
    run(application)
