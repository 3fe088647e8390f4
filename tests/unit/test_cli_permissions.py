"""./chapbook permissions: the page of who may do what is what the scripts say."""
from __future__ import annotations

from pathlib import Path

from chapbook.cli.permissions import table

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_scripts_say_now() -> None:
    assert (ROOT / "docs/permissions.md").read_text("utf-8") == table(str(ROOT)), (
        "docs/permissions.md is not what the scripts say: ./chapbook permissions makes it anew")


def test_a_page_a_method_a_function_and_a_closed_page_are_told(drop, settings) -> None:
    drop("cgi-bin/notes.py", """
from chapbook import Page, Routes
from chapbook.permissions import Permission

def own(request, id):
    '''Whose note it is.

    And more.'''

READ = Permission("editor", "Read notes")
application = Routes({
    "/": Page(get=print, allow=READ),
    "/{id:int}": Page(get=print, post=print, put=print, form=None,
                      allow={"get": READ, "post": own, "put": "administrator"})})
""")
    drop("cgi-bin/admin/x.py", "from chapbook import Page\napplication = Page(get=print)")
    drop("cgi-bin/index.py", "from chapbook import Page\napplication = Page(get=print)")
    drop("cgi-bin/old.py", "#!/usr/bin/python3\nprint('Content-Type: text/plain')", whole=True)
    text = table(settings.root)
    assert "| Read notes | editor | `/notes`, `/notes/{id:int}` |" in text
    assert "| `/notes/{id:int}` | editor | Whose note it is, administrator |" in text
    assert "| `/admin/x` | nobody |  |" in text and "| `/` | everyone |  |" in text
    assert "/old" not in text
