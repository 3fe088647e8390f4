"""What a form says of what was sent, without a request around it."""
from __future__ import annotations

import io
from typing import Any

from chapbook.fields import Upload
from chapbook.forms import markup, validity, which
from chapbook.forms.markup import Form
from chapbook.forms.validity import Verdict
from chapbook.multidict import MultiDict


def form(html: str) -> Form:
    """The form that these controls make."""
    return markup.read(f"<form method=post enctype=multipart/form-data>{html}</form>").forms[0]


def verdict(html: str, *pairs: tuple[str, str], files: Any = (), language: str = "en") -> Verdict:
    """What the form of these controls says of these fields; the button is the one that they name.

    Files are (name of the field, Upload).
    """
    found = form(html)
    fields = MultiDict(pairs)
    return validity.check(found, fields, MultiDict(files), which.submitter(found, fields), language)


def value(html: str, *texts: str) -> Any:
    """What the handler gets as `n` where the controls were sent these texts; they must fit."""
    found = verdict(html, *[("n", text) for text in texts])
    assert found.fits, found
    return found.values["n"]


def fault(html: str, *texts: str) -> str:
    """The kind of the fault of `n`, "general" where only the whole form has one, "" where it fits.

    The verdict must have either a value of `n` or a fault.
    """
    found = verdict(html, *[("n", text) for text in texts])
    assert ("n" in found.values) is found.fits
    return found.faults["n"].kind if "n" in found.faults else "general" if found.general else ""


def sentence(html: str, *texts: str, files: Any = (), language: str = "en") -> str:
    """The one sentence that the visitor reads."""
    found = verdict(html, *[("n", text) for text in texts], files=files, language=language)
    [only] = [*(fault.sentence for fault in found.faults.values()), *found.general]
    return only


def upload(name: str = "a.txt", type: str = "text/plain", size: int = 1) -> Upload:
    """A file as a visitor sends it."""
    return Upload(name, type, io.BytesIO(b"x" * size), size)
