"""What it costs to hold a form to its page: `.venv/bin/python -m tests.bench.forms`.

A form of 20 fields in a page of 30 KB, in processor time: reading the page's forms, finding the one
that was sent, checking the values. "First" is a process that has just started, as under CGI, with
the imports it takes; "again" is the best of the later ones, as in a server that stays. html5lib,
which reads the whole page and knows nothing of forms, is measured beside it. Twice the page shows
how the time grows.
"""
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))

from chapbook.multidict import MultiDict  # noqa: E402

CONTROLS = ("required maxlength=80", "type=email required", "type=number min=1 max=80",
            "type=date min=2026-01-01", 'pattern="[0-9]{4} ?[A-Z]{2}"') * 4
VALUES = ("Ann", "ann@example.org", "4", "2026-12-01", "1234 AB") * 4
ENTRY = ('<li class="entry"><p class="said" dir="auto">Words as long as usual, with &amp; in them.'
         '</p>\n<p class="by"><b>Ann</b> <a href="/a?b=c&amp;d=1">more</a></p></li>\n')
RUNS = 30


def page(size: int) -> str:
    """A page of so many characters, with the form at its top."""
    fields = "".join(f'<p><label for="f{number}">Field {number}</label>\n'
                     f'<input id="f{number}" name="f{number}" {attributes}>\n</p>\n'
                     for number, attributes in enumerate(CONTROLS))
    text = ('<!doctype html>\n<html lang="en">\n<title>Bench</title>\n<form method="post">\n'
            f"{fields}<p><button>Send</button></p></form>\n<ol>\n")
    return text + ENTRY * ((size - len(text)) // len(ENTRY)) + "</ol>\n"


def checked(text: str) -> float:
    """The milliseconds it takes to find the form in the text and to check the values."""
    begun = time.process_time()
    from chapbook.forms import markup, validity, which

    fields = MultiDict((f"f{number}", value) for number, value in enumerate(VALUES))
    files: MultiDict = MultiDict()
    document = markup.read(text)
    form = which.submitted(document, "/bench", "", fields, files, "/bench")
    verdict = validity.check(form, fields, files, which.submitter(form, fields))
    assert verdict.fits and len(verdict.values) == 20
    return (time.process_time() - begun) * 1000


def parsed(text: str) -> float:
    """The milliseconds that html5lib takes to read the text."""
    import html5lib

    begun = time.process_time()
    html5lib.parse(text)
    return (time.process_time() - begun) * 1000


def main() -> None:
    """Measure, and print."""
    if sys.argv[1:] == ["first"]:
        print(checked(page(30_000)))
        return
    command = [sys.executable, "-m", "tests.bench.forms", "first"]
    # As on a host where __pycache__ can be written.
    cached = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = (subprocess.run(command, check=True, capture_output=True, env=cached)
            for _ in range(RUNS // 3))
    firsts = sorted(float(run.stdout) for run in runs)
    one, two = page(30_000), page(60_000)
    checked(one)
    rounds = [(checked(one), checked(two), parsed(one)) for _ in range(RUNS)]
    again, twice, other = (min(times) for times in zip(*rounds))
    print(f"20 fields in {len(one):,} characters, least processor time of several runs:")
    print(f"  first in a process {firsts[0]:6.2f} ms")
    print(f"  again              {again:6.2f} ms; twice the page, {twice / again:.2f} times it")
    print(f"  html5lib's reading {other:6.2f} ms, {other / again:.1f} times it")


if __name__ == "__main__":
    main()
