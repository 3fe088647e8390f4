"""Scripts are loaded one at a time, whoever asks for them: they change the path of all threads."""
from __future__ import annotations

import os
import sys

import pytest

from chapbook.script import application_of

from tests.support.threads import together


def test_threads_that_load_scripts_at_once_do_not_mix_up_their_paths(settings, drop) -> None:
    folder = settings.path("cgi-bin")
    paths = [str(drop(
        f"cgi-bin/{name}.py",
        "from chapbook import Page, Response, run\n" + "x = sum(range(2000))\n" * 200
        + "application = Page(get=lambda request: Response.text('x'))",
    )) for name in "abcd"]
    known = list(sys.path)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            pages = together(*(lambda path=path: application_of(path, folder) for path in paths))
            assert all(map(callable, pages))
    finally:
        sys.setswitchinterval(interval)
    assert sys.path == known


@pytest.mark.parametrize(("line", "is_page"), [
    ("form.application", False), ("print(application)", False),
    ("def main():\n    application = 1\nmain.application = main", False),
    ("def application(environ, start_response): pass", True),
    ("from os import mkdir as application", True),
    ("def main():\n    global application\n    application = main\nmain()\napplication", True)])
def test_a_program_that_knows_the_word_is_no_page_and_is_not_run(
    settings, drop, line: str, is_page: bool
) -> None:
    path = str(drop("cgi-bin/member.py", "#!/usr/bin/env python3\n" + ("" if is_page else (
        "import os\nos.mkdir(__file__ + '.run')\nform = os\n")) + line
        + "\nif __name__ == '__main__':\n    pass\n", whole=True))
    found = application_of(path, settings.path("cgi-bin"))
    assert (found is not None) is is_page
    assert not os.path.exists(path + ".run")
