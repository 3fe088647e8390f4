"""What the addresses of the administration choose and say: views, words, rows, what was done."""
from __future__ import annotations

from chapbook.errors import Invalid, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from chapbook.request import Request

WORDS_MAX = 100               # characters
MOST = 200                    # rows that may be chosen at once
AT_ONCE = 25                  # rows of a list on one page
SAID = {
    "read": "Marked read.",
    "new": "Marked new.",
    "spam": "Marked as spam.",
    "ham": "Marked as no spam. Mail that was held back goes out now.",
    "mail": "It will be tried again.",
    "delete": "Deleted.",
    "approve": "Approved: everybody can read it now.",
    "save": "Saved.",
    "again": "To be sent now.",
    "discard": "Discarded.",
}


class Choice:
    """The choice of a list at `name` ("admin/moderation"), whose first view is the usual one.

    `show` is the name of the view, and `view` what it stands for in `views`. `words` is what was
    searched for, "" where that is less than two letters (`short`). `before` is what the list
    continues from, None for its beginning. NotFound for a view that there is not, BadRequest for a
    number that is none.
    """

    def __init__(self, request: Request, name: str, views: Mapping[str, Any]) -> None:
        query, usual = request.query, next(iter(views))
        self.show = query.get("show") or usual
        if self.show not in views:
            raise NotFound()
        self.view = views[self.show]
        self.words = " ".join((query.get("q") or "").split())[:WORDS_MAX].strip()
        self.short = len(self.words) == 1
        if self.short:
            self.words = ""
        self.paged = "before" in query
        # What is sent from the page is held to it once more, and so it must begin with the same row
        # then, whatever has come in since.
        self._upto = None if self.paged else query.number("upto")
        self.before = query.number("before") if self.paged else self._upto
        self._request, self._name = request, name
        self._query = {"show": None if self.show == usual else self.show,
                       "q": self.words or None}

    def address(self, **more: object) -> str:
        """The address of this choice, from its newest row on."""
        return self._request.url_for(self._name, **self._query, **more)

    def names(self, rows: Any) -> dict[str, Any]:
        """What the template of such a list wants to know; `rows` has `older`, as lists have it."""
        at: dict[str, object] = {"before": self.before} if self.paged else {
            "upto": self._upto or (rows[0].id + 1 if rows else None)}
        all_chosen = self._request.query.get("choose") == "all"
        return {
            "show": self.show, "words": self.words, "short": self.short, "paged": self.paged,
            "newest": self.address(),
            "older": self.address(before=rows.older) if rows.older else None,
            "action": self.address(**at), "all_chosen": all_chosen,
            "choose": self.address(**at, choose="none" if all_chosen else "all"),
        }


def pressed(request: Request) -> str:
    """The value of the button `do` that was pressed; Invalid where none was, as by a program."""
    do: str | None = request.form["do"]
    if do is None:
        raise Invalid("Please press one of the buttons, so that it is known what to do.")
    return do


def ticked(request: Request) -> list[int]:
    """The ids of the rows whose boxes were ticked; Invalid where none was."""
    ids = request.form["id"]
    found = ids if isinstance(ids, list) else [ids] if ids else []
    if not found:
        raise Invalid("Nothing was chosen yet: tick the boxes of what this is for.")
    return [int(id) for id in found[:MOST]]


def asked(request: Request) -> list[int]:
    """The ids in an address that `sure` made, least first; NotFound for what is no such address."""
    texts = request.query.all("id")
    if not 0 < len(texts) <= MOST or not all(
        text.isascii() and text.isdigit() and len(text) < 19 for text in texts
    ):
        raise NotFound()
    return sorted({int(text) for text in texts})


def sure(request: Request, name: str, ids: Sequence[int], show: str | None = None) -> str:
    """The address of the page that asks whether something shall be done with these."""
    address = request.url_for(name, show=show)
    return address + ("&" if "?" in address else "?") + "&".join(f"id={id}" for id in ids)


def said(request: Request) -> str:
    """What was done just before, by the word in the address; "" for none."""
    return SAID.get(request.query.get("done") or "", "")


def by(request: Request, what: str, about: str) -> None:
    """Write down what who is signed in has done: a kind of `events.EVENTS`, numbers and names."""
    from chapbook.accounts import events

    user = request.user
    who = events.Who(user.id if user else None, request.id, request.remote_address)
    events.note(request.db, what, "done", who, None, about)
