"""Scripts are loaded one at a time, whoever asks for them: they change the path of all threads."""
from __future__ import annotations

import sys

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
