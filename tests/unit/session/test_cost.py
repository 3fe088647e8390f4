"""What sessions cost those who have none, and what happens when many come at once."""
from __future__ import annotations

import pytest

from chapbook import Request
from chapbook.config import Config
from chapbook.db import Database, close_kept

from tests.support.threads import together
from tests.support.visits import Visit, count
from tests.unit.conftest import Tree

SCRIPT = """
import sys
from chapbook import render

def show(request):
    if request.query.get("session"):
        request.session.get("x")
    render(request, "page.html")
    return Response.text(" ".join(sorted(sys.modules)))

application = Page(get=show)
"""
CGI = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/loaded"}


@pytest.mark.parametrize(("cookie", "query", "loads"), [
    ("", "", set()), ("a=b; session=x", "", set()),
    ("", "session=1", {"chapbook.session"}), ("flash=x", "", {"chapbook.flash"}),
])
def test_a_page_loads_only_what_it_uses(
    tree: Tree, cookie: str, query: str, loads: set[str],
) -> None:
    tree.script("loaded", SCRIPT)
    (tree.root / "templates").mkdir(exist_ok=True)
    (tree.root / "templates/page.html").write_text("{{ flashes()|length }}", "utf-8")
    done = tree.run("loaded", **CGI, HTTP_COOKIE=cookie, QUERY_STRING=query)
    assert b"Status: 200" in done.stdout, tree.log()
    loaded = set(done.stdout.decode().rpartition("\r\n")[2].split())
    assert loaded & {"chapbook.session", "chapbook.flash"} == loads
    assert "sqlite3" not in loaded


def test_who_signs_in_often_at_once_ends_up_signed_in_once_for_each_answer(
    site: Config, db: Database,
) -> None:
    begun = Visit(site)
    begun.stores(a=1)

    def act(number: int) -> list[int]:
        visit = Visit(site, begun.cookies)
        statuses = []

        def work(request: Request) -> None:
            session = request.session
            if number % 2:
                session.sign_in(7)
            else:
                session.rotate()
            session["n"] = number
        try:
            for _ in range(4):
                statuses.append(visit.writes(work).status)
            assert visit.remembered.get("n") == number or statuses == [409] * 4
        finally:
            close_kept()
        return statuses
    for statuses in together(*[lambda number=number: act(number) for number in range(6)]):
        assert set(statuses) <= {200, 409}
    assert 1 <= count(db) <= 7
