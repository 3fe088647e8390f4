"""A form that was filled in and sent, without a page or a request around it."""
from __future__ import annotations

import io

from chapbook.fields import Upload
from chapbook.forms import markup, validity, which
from chapbook.forms.submission import Submission
from chapbook.multidict import MultiDict
from chapbook.response import Response


def upload(content: bytes = b"PDF", name: str = "plan.pdf") -> Upload:
    """A file as a visitor sends it."""
    return Upload(name, "application/pdf", io.BytesIO(content), len(content))


def filled(
    inside: str, pairs: list[tuple[str, str]] | None = None, *, age: float | None = None,
    files: list[tuple[str, Upload]] | None = None, form: str = "", **fields: str,
) -> Submission:
    """A form with these controls `inside`, sent with these fields; it must fit."""
    text = f"<form method=post {form}>{inside}</form>"
    document = markup.read(text)
    sent = MultiDict([*(pairs or []), *fields.items()])
    uploads: MultiDict[Upload] = MultiDict(files or [])
    only = document.forms[0]
    pressed = which.submitter(only, sent)
    verdict = validity.check(only, sent, uploads, pressed)
    assert verdict.fits, verdict
    return Submission(Response.html(text), document, only, sent, uploads, pressed, verdict, None,
                      age)
