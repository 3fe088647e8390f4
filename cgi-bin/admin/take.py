#!/usr/bin/env python3
"""What forms have received, to be taken away: as CSV, as JSON, and the files that came with it."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "/lib")

from chapbook import NotFound, Page, Response, Routes, run
from collection import attachments, exports, inbox, permissions, sheets, submissions


def csv(request, form):
    """All that a list of the inbox shows, for spreadsheets."""
    choice = inbox.chosen(request, form)
    body = exports.csv(request.db, request.config, words=choice.words, **choice.view)
    return sheets.download(body, f"{form}-{choice.show}.csv")


def json(request, form):
    """The same, for programs."""
    choice = inbox.chosen(request, form)
    body = Response.json(exports.json(request.db, words=choice.words, **choice.view)).body
    return sheets.download(body, f"{form}-{choice.show}.json", "application/json")


def file(request, id, file):
    """A file that came with a submission, to be saved: it is a stranger's, and never shown here."""
    found = submissions.file(request.db, id, file)
    if found is None:
        raise NotFound("There is no such file any more.")
    response = Response.file(attachments.path_of(request.config, found.path),
                             type="application/octet-stream", download=found.filename)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


application = Routes({
    "/csv/{form:path}": Page(get=csv, allow=permissions.INBOX),
    "/json/{form:path}": Page(get=json, allow=permissions.INBOX),
    "/file/{id:int}/{file:int}": Page(get=file, allow=permissions.INBOX),
})

if __name__ == "__main__":
    run(application)
