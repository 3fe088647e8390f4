"""The browsers that somebody is signed in with, and what they call themselves in words."""
from __future__ import annotations

from chapbook.errors import NotFound
from chapbook.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database, Row
    from chapbook.user import User

GONE = "There is no such session among yours. It may have ended."

# The first that is found in the text; most browsers name others as well, to be served like them.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Opera", "Opera"), ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"), ("DuckDuckGo/", "DuckDuckGo"), ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("Lynx/", "Lynx"),
    ("w3m/", "w3m"), ("Links ", "Links"), ("ELinks", "ELinks"), ("Trident/", "Internet Explorer"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS X", "a Mac"), ("Macintosh", "a Mac"), ("Linux", "Linux"),
    ("BSD", "BSD"),
)


def in_words(agent: str) -> str:
    """Browser and system; "An unknown browser" where neither can be told. It may be a lie."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser or 'An unknown browser'} on {system}" if system else (
        browser or "An unknown browser")


def of(user: User, db: Database, current: int | None = None) -> list[Row]:
    """This user's sessions as `Session.list` gives them, each with its `browser` in words."""
    rows = Session.list(db, user.id, current)
    for row in rows:
        row["browser"] = in_words(row.agent)
    return rows


def get_for(user: User, db: Database, id: int) -> Row:
    """One of this user's sessions; NotFound for those of others, as for those that there are not.
    """
    for row in of(user, db):
        if row.id == id:
            return row
    raise NotFound(GONE)
