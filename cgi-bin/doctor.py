#!/usr/bin/env python3
"""The doctor in a browser: what is wrong with the site, and buttons that mend some of it."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

import time

from chapbook import doctor, passcode, redirect, render, run
from chapbook.doctor import mending
from chapbook.doctor.place import Place
from chapbook.installing.consulting import CODE, Consultation, Consulting, may_consult


def show(request, said=""):
    """What the doctor finds here, the grave first, and what it offers to mend."""
    found = doctor.here(request.config.root, request.environ)
    offered = {repair.finding.name: repair
               for repair in mending.offers(Place(request.config.root), found)}
    return render(request, "doctor.html", findings=found, offered=offered, said=said)


def mend(request):
    """Mend one thing, and look again. What is no more wrong by now is left alone."""
    root = request.config.root
    said = ""
    for repair in mending.offers(Place(root), doctor.here(root, request.environ)):
        if repair.finding.name == request.form["mend"]:
            said = repair.do()
    return show(request, said or "Nothing was changed: that is in order by now.")


def ask(request):
    """The page that asks for the code."""
    if may_consult(request):
        return redirect(request.url_for("doctor"))
    codes = passcode.codes(request.config)
    until = time.strftime("%H:%M", time.gmtime(codes[0].made + passcode.LIFE)) if codes else ""
    return render(request, "doctor_code.html", waits=bool(codes), until=until,
                  folder=os.path.basename(request.config.root), own=passcode.own(request.config))


def admit(request):
    """Write a file with a code, or let in who gives the one that is in it."""
    if "code" not in request.form:
        passcode.make(request.config)
        return redirect(request.url_for(CODE))
    response = redirect(request.url_for("doctor"))
    response.headers.append(passcode.enter(request, request.form["code"]))
    return response


application = Consulting({
    "/": Consultation(get=show, post=mend),
    "/code": Consultation(get=ask, post=admit, open_to_all=True),
})

if __name__ == "__main__":
    run(application)
