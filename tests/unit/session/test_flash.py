"""Notes for the next page: shown once, in a signed cookie, without a row for anybody."""
from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chapbook import Forbidden, Invalid, Page, Request, Response, redirect, render, signing
from chapbook.config import Config
from chapbook.db import kept
from chapbook.engines import Busy
from chapbook.flash import LARGEST
from chapbook.schema import TABLES, apply
from chapbook.testing import Answer, Client

from tests.support.visits import set_cookies

PAGE = """<!doctype html><title>T</title>
{% for text in flashes() %}
<p class="note" role="status">{{ text }}</p>
{% endfor %}
<form method="post"><input name="text" value="Saved." required maxlength="5000"></form>
"""


@pytest.fixture
def page(settings: Config, drop: Callable[..., Path]) -> Client:
    """A page that shows its notes, and leaves what is sent to it."""
    drop("templates/page.html", PAGE)

    def leave(request: Request) -> Response:
        for text in request.fields.all("text"):
            request.flash(text)
        return redirect(request.url)
    return Client(Page(get=show, post=leave, form=None), settings)


def show(request: Request) -> Response:
    return render(request, "page.html")


def posting(page: Client, handler: Callable[[Request], Response]) -> Client:
    """The page with another handler of POST."""
    made = Client(Page(get=show, post=handler, form=None), page.config)
    made.cookies = page.cookies
    return made


def leave(page: Client, *texts: str) -> Answer:
    """The answer to a POST that leaves these notes."""
    def handler(request: Request) -> Response:
        for text in texts:
            request.flash(text)
        return redirect("/")
    return posting(page, handler).request("POST", "/")


def notes(answer: Answer) -> list[str]:
    """The notes that a page shows."""
    return [line.partition(">")[2].removesuffix("</p>") for line in answer.text.splitlines()
            if line.startswith('<p class="note"')]


def test_a_note_is_shown_once_by_the_next_page(page) -> None:
    cookie, = set_cookies(page.post("/", text="Saved & <b>sound</b>."))
    assert cookie.startswith("flash=")
    assert cookie.endswith("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
    shown = page.get("/")
    assert notes(shown) == ["Saved &amp; &lt;b&gt;sound&lt;/b&gt;."]
    assert shown["Cache-Control"] == "no-store"
    assert set_cookies(shown) == ["flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]
    again = page.get("/")
    assert notes(again) == [] and set_cookies(again) == []


def test_it_needs_no_database(page) -> None:
    leave(page, "Saved.")
    assert notes(page.get("/")) == ["Saved."]
    assert not Path(page.config.path(page.config.database.file)).exists()


def test_over_https_the_cookie_is_bound_to_the_host(page) -> None:
    page.config.site.base_url = "https://example.org"
    cookie, = set_cookies(leave(page, "Saved."))
    assert cookie.startswith("__Host-flash=")
    assert cookie.endswith("; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax")
    shown = page.get("/")
    assert notes(shown) == ["Saved."]
    assert set_cookies(shown)[0].startswith("__Host-flash=; Path=/; Max-Age=0; Secure;")


def test_a_page_without_notes_is_kept_as_always(page) -> None:
    plain = posting(page, lambda request: redirect("/"))
    Path(page.config.path("templates/page.html")).write_text(PAGE.partition("<form")[0], "utf-8")
    first = plain.get("/")
    assert (first["Cache-Control"], set_cookies(first)) == ("no-cache", [])
    plain.cookies["other_flash"] = "x"
    assert plain.get("/")["Cache-Control"] == "private, no-cache"


def test_a_page_with_a_note_is_not_taken_for_the_one_without(page) -> None:
    def tagged(request: Request) -> Response:
        response = show(request)
        response.etag = "v1"
        return response
    made = Client(Page(get=tagged), page.config)
    assert made.get("/")["ETag"] == '"v1"'
    leave(page, "Saved.")
    made.cookies = page.cookies
    shown = made.get("/", If_None_Match='"v1"')
    assert shown.status == 200 and notes(shown) == ["Saved."] and "ETag" not in shown


def test_head_does_not_use_it_up(page) -> None:
    leave(page, "Saved.")
    assert set_cookies(page.head("/")) == []
    assert notes(page.get("/")) == ["Saved."]


def test_a_page_that_does_not_show_notes_leaves_them_for_the_next(page) -> None:
    leave(page, "Saved.")
    feed = Client(Page(get=lambda request: Response.text("x")), page.config)
    feed.cookies = page.cookies
    assert set_cookies(feed.get("/")) == []
    assert notes(page.get("/")) == ["Saved."]


def test_a_post_that_shows_its_own_page_shows_them_there(page) -> None:
    leave(page, "before")

    def at_once(request: Request) -> Response:
        request.flash("now")
        return show(request)
    answer = posting(page, at_once).request("POST", "/")
    assert notes(answer) == ["before", "now"]
    assert "Max-Age=0" in set_cookies(answer)[0]
    assert notes(page.get("/")) == []


def test_notes_that_nobody_has_seen_yet_stay_if_they_fit(page) -> None:
    leave(page, "one", "two")
    leave(page, "three")
    assert notes(page.get("/")) == ["one", "two", "three"]
    leave(page, *"abcd")
    leave(page, *"ef")
    assert notes(page.get("/")) == ["b", "c", "d", "e", "f"]
    leave(page, "x" * 600)
    leave(page, "y" * 600)
    assert notes(page.get("/")) == ["y" * 600]


@pytest.mark.parametrize("letter", ["x", "é", "🖋"])
def test_a_note_that_does_not_fit_is_cut_between_characters(page, letter) -> None:
    leave(page, letter * LARGEST)
    shown, = notes(page.get("/"))
    assert shown.endswith(letter + "…") and set(shown[:-1]) == {letter}
    assert LARGEST - 6 < len(shown.encode()) < LARGEST
    leave(page, "short", letter * LARGEST, "more")
    found = notes(page.get("/"))
    assert found[0] == "short" and found[1].endswith("…")
    assert sum(len(text.encode()) + 1 for text in found) <= LARGEST


def test_a_sixth_note_and_one_that_is_no_text_are_errors(page, log) -> None:
    assert leave(page, *"abcdef").status == 500
    assert "more than 5 notes" in "\n".join(log())
    assert leave(page, 7).status == 500  # type: ignore[arg-type]
    assert "wants text, not int" in "\n".join(log())
    assert notes(page.get("/")) == []


def test_a_get_leaves_no_note(page, log) -> None:
    def on_get(request: Request) -> Response:
        request.flash("Hello.")
        return show(request)
    assert Client(Page(get=on_get), page.config).get("/").status == 500
    assert "a note is left by the handler of a POST" in "\n".join(log())


def test_work_after_the_answer_leaves_no_note(page, log) -> None:
    def afterwards(request: Request) -> Response:
        request.flash("Saved.")
        request.after(lambda: request.flash("Mailed."))
        return redirect("/")
    assert posting(page, afterwards).request("POST", "/").status == 303
    assert "before it returns" in "\n".join(log())
    assert notes(page.get("/")) == ["Saved."]


def failing(request: Request) -> Response:
    request.flash("Saved.")
    raise Forbidden()


def refusing(request: Request) -> Response:
    request.flash("Saved.")
    return Response.text("no", 409)


def invalid(request: Request) -> Response:
    request.flash("Saved.")
    raise Invalid("Look again.")


@pytest.mark.parametrize("handler", [failing, refusing, invalid])
def test_an_error_leaves_no_note(page, handler) -> None:
    answer = posting(page, handler).request("POST", "/")
    assert answer.status >= 400 and set_cookies(answer) == []
    form = Client(Page(get=show, post=handler), page.config)
    assert set_cookies(form.post("/", text="x")) == []


def test_a_handler_that_runs_again_leaves_its_note_once(page) -> None:
    runs = []

    def busy(request: Request) -> Response:
        request.flash("Saved.")
        runs.append(1)
        if len(runs) < 3:
            raise Busy(detail="deadlock")
        return redirect("/")
    answer = posting(page, busy).request("POST", "/")
    assert answer.status == 303 and len(set_cookies(answer)) == 1 and len(runs) == 3
    assert notes(page.get("/")) == ["Saved."]


def test_the_page_that_a_form_is_held_to_does_not_use_notes_up(page) -> None:
    apply(kept(page.config), TABLES)
    form = Client(Page(get=show, post=lambda request: redirect("/")), page.config)
    form.cookies = page.cookies
    leave(page, "Saved.")
    assert form.post("/", text="x").status == 303
    refused = form.post("/", text="")
    assert refused.status == 422 and notes(refused) == [] and set_cookies(refused) == []
    assert notes(page.get("/")) == ["Saved."]


def test_a_page_with_an_error_status_that_shows_a_note_uses_it_up(page) -> None:
    leave(page, "Saved.")
    gone = Client(Page(get=lambda request: render(request, "page.html", status=410)), page.config)
    gone.cookies = page.cookies
    assert notes(gone.get("/")) == ["Saved."] and notes(page.get("/")) == []


def test_after_a_minute_it_says_nothing_any_more(page, monkeypatch) -> None:
    real, ahead = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    leave(page, "Saved.")
    cookie = page.cookies["flash"]
    for ahead, shown in ((58.0, True), (62.0, False), (-50.0, True), (-90.0, False)):
        page.cookies["flash"] = cookie
        assert bool(notes(page.get("/"))) is shown, ahead


def test_a_note_that_we_did_not_sign_is_not_shown(page) -> None:
    leave(page, "Saved.")
    cookie = page.cookies["flash"]
    raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    forged = [raw[:-1] + bytes([raw[-1] ^ 1]), b"\0" + raw, raw[:6] + b"Lost. \0" + raw[-16:],
              raw[:10], b"", raw[-16:], raw + b"\0"]
    data = int(time.time()).to_bytes(6, "big") + b"Lost.\0"
    forged.append(data + signing.mac(signing.key(page.config, "once"), data))
    for text in [base64.urlsafe_b64encode(each).decode().rstrip("=") for each in forged] + [
            "x", "====", "é", cookie + "!", cookie[:-1], "a" * 4000]:
        page.cookies["flash"] = text
        assert notes(page.get("/")) == [], text
    page.cookies["flash"] = cookie
    assert notes(page.get("/")) == ["Saved."]


def test_one_response_for_all_visitors_carries_nobodys_note(page) -> None:
    done = redirect("/")

    def handler(request: Request) -> Response:
        request.flash("Saved.")
        return done
    for _ in range(2):
        assert len(set_cookies(posting(page, handler).request("POST", "/"))) == 1
    assert not [name for name, _ in done.headers if name == "Set-Cookie"]


def test_the_frame_of_all_pages_shows_notes(settings: Config, drop: Callable[..., Path]) -> None:
    base = Path(__file__).resolve().parents[3] / "templates/base.html"
    drop("templates/base.html", base.read_text("utf-8"))
    page = Client(Page(get=lambda request: render(request, "base.html"),
                       post=lambda request: (request.flash("Saved <i>."), redirect("/"))[1],
                       form=None), settings)
    page.request("POST", "/")
    assert '<p class="note" role="status" dir="auto">Saved &lt;i&gt;.</p>' in page.get("/").text
    assert 'role="status"' not in page.get("/").text
