#!/usr/bin/env python3
"""Forms: takes what is sent by the forms of static pages, /forms/booking by that of booking.html.

The page says which answers there are; it is held to that before this is called.
"""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Invalid, NotFound, Page, Response, Routes, redirect, render, run
from chapbook import mail
from chapbook.forms import markup, which
from chapbook.forms.relocate import relocated
from chapbook.percent import PATH_SAFE, quote
from collection import chores, formmail, intake, staticpages

SENTENCE = "What you sent has arrived."


def index(request):
    """What this address is for."""
    return render(request, "forms.html")


def show(request, name):
    """The page with the form, as from its own address, and with a once-token, which that has not.

    A page whose form does not come here is not shown here either.
    """
    page = form_of(request, name)
    sent_here = which.is_sent(markup.read(page.body.decode()), request.url)
    return page if sent_here else redirect(address(request, name))


def form_of(request, name):
    """The page with the form, its relative links made to hold at this address."""
    return Response.html(relocated(staticpages.text(request.config, file_of(request, name)),
                                   address(request, name)))


def receive(request, name):
    """Store what was sent, queue its mails, and say thank you."""
    page = address(request, name)
    taken = intake.take(request, name, request.absolute(page),
                        request.absolute(request.url_for("admin/inbox")))
    if taken.missing:
        return missing(request, taken, page)
    mail.send_soon(request)
    chores.now_and_then(request)
    return thanks(request, taken, page)


def thanks(request, taken, page):
    """The page that the form names, else the owner's, else our own; JSON for who asks for it."""
    wishes = taken.wishes
    onward = within(request, wishes.next, page) or within(request, taken.settings.thanks, page)
    if request.wants_json:
        return Response.json({
            "sentence": SENTENCE, "next": onward,
            "received": [{"name": field.name, "label": field.label, "text": field.text}
                         for field in taken.received.fields]})
    if onward:
        return redirect(onward)
    return render(request, "thanks.html", sentence=SENTENCE, title=wishes.title,
                  back=within(request, wishes.return_url, page) or page,
                  back_title=wishes.return_title, fields=taken.received.fields)


def missing(request, taken, page):
    """What to do where fields are empty that the page's own list, FormMail's, wants filled in."""
    onward = within(request, taken.wishes.missing_redirect, page)
    if onward and not request.wants_json:
        return redirect(onward)
    raise Invalid(**taken.missing)


def file_of(request, name):
    """The file of the page; NotFound where there is none of that name."""
    file = staticpages.found(request.config, name)
    if file is None:
        raise NotFound("There is no form of this name.")
    return file


def address(request, name):
    """The public path of the page with the form."""
    return f"{request.root}/{quote(file_of(request, name), PATH_SAFE)}"


def within(request, wanted, page):
    """A path of this site that the page, or its owner, asks for; None for anything else."""
    return formmail.path(wanted, page, request.config.site.base_url)


application = Routes({"/": Page(get=index),
                      "/{name:path}": Page(get=show, post=receive, form=form_of)})

if __name__ == "__main__":
    run(application)
