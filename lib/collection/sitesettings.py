"""The settings of site.ini that administrators change on a page: which, and what they may be.

What could take the site away from its owner is not among them: the database, folders, the mail
server and its password, the public address, `debug`. Values are texts as site.ini has them.
"""
from __future__ import annotations

from chapbook import settings
from chapbook.config import CHOICES, parsed
from chapbook.errors import Invalid

from . import formsettings, timezones

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from chapbook.config import Config
    from chapbook.settings import Plan

LINE_MOST = 1000              # characters of a value
SHORTEST, LONGEST = 10 * 60, 366 * 86400      # seconds that a session may be told to last


class Option:
    """One of them: its section and name, its kind, what to call it, a hint.

    A kind is one of `formsettings.Setting`, "title", "language", "zone", "choice", or "session",
    which is a duration. `field` is its name in the form; `choices` pairs of a value and its words.
    """

    __slots__ = ("section", "name", "kind", "label", "hint", "choices")

    def __init__(self, where: str, kind: str, label: str, hint: str, *words: str) -> None:
        self.section, _, self.name = where.partition(" ")
        self.kind, self.label, self.hint = kind, label, hint
        self.choices = [*zip(CHOICES[f"[{self.section}] {self.name}"], words)] if words else []

    @property
    def field(self) -> str:
        """Its name in the form: "site-title"."""
        return f"{self.section}-{self.name}"


GROUPS: tuple[tuple[str, str, tuple[Option, ...]], ...] = (
    ("The site", "", (
        Option("site title", "title", "Title", "the name of the site, on every page"),
        Option("site tagline", "text", "Line below it", "may be empty"),
        Option("site owner", "address", "Your e-mail address",
               "gets what forms receive, unless they say otherwise; may be empty"),
        Option("site language", "language", "Language", "of the pages, such as en or pt-BR"),
        Option("site timezone", "zone", "Time zone", "in which pages show times"),
    )),
    ("People", "", (
        Option("accounts registration", "choice", "Who may make an account", "",
               "everybody", "everybody, and an administrator lets them in",
               "whom an administrator invites", "nobody, unless invited"),
        Option("session idle", "session", "A visit ends when nothing was asked for in",
               "such as 2 h"),
        Option("session absolute", "session", "However busy, it ends after", "such as 12 h"),
        Option("session remember", "session", "Who stays signed in does so for",
               "where that was chosen when signing in, such as 30 d"),
    )),
    ("The guestbook", "", (
        Option("guestbook moderation", "choice", "Which entries wait for you", "",
               "none", "those of names that you have not approved before", "all"),
    )),
    ("Forms", "These are for all forms in static pages; a form may have settings of its own.",
     tuple(Option(f"form {one.name}", "text" if one.kind == "long" else one.kind, one.label,
                  one.hint) for one in formsettings.SETTINGS)),
)
OPTIONS = tuple(option for _, _, options in GROUPS for option in options)
_OF_FORMS = {setting.name: setting for setting in formsettings.SETTINGS}

# What is shown and not changed here, and why.
ELSEWHERE = (
    ("site", "base_url", "Public address", "links in mails begin with it, and it tells forms of "
                                           "this site from those of others"),
    ("site", "debug", "Tracebacks in the browser", "never on a public site"),
    ("database", "engine", "Database", "a site that moves takes its data along"),
    ("mail", "via", "How mail leaves", "with the mail server and its password"),
)


def texts(config: Config) -> dict[str, str]:
    """The text of each option as it is now, by field."""
    return {option.field: formsettings.text_of(
        "duration" if option.kind == "session" else option.kind,
        getattr(getattr(config, option.section), option.name)) for option in OPTIONS}


def elsewhere(config: Config) -> list[dict[str, str]]:
    """What is not changed here: line, label, why, text."""
    found = []
    for section, name, label, why in ELSEWHERE:
        value: Any = getattr(getattr(config, section), name)
        text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        found.append({"section": section, "name": name, "label": label, "why": why, "text": text})
    return found


def plan(config: Config, values: Mapping[str, str], seen: str) -> Plan:
    """What is to be written for these texts, by field: those that differ from before.

    Invalid with a sentence for each that cannot be so.
    """
    before = texts(config)
    after = {**before, **values}
    faults: dict[str, str] = {}
    changes: dict[str, dict[str, str]] = {}
    for option in OPTIONS:
        text = after[option.field]
        if text == before[option.field]:
            continue
        found = fault(option, text)
        if found:
            faults[option.field] = found
        changes.setdefault(option.section, {})[option.name] = text
    if not faults and _seconds(after["session-idle"]) > _seconds(after["session-absolute"]):
        faults["session-idle"] = "This cannot be longer than a busy visit lasts."
    if faults:
        raise Invalid(**faults)
    return settings.plan(config, changes, seen)


def fault(option: Option, text: str) -> str:
    """What is wrong with this text for an option, as a sentence; "" where it is right."""
    if len(text) > LINE_MOST or not text.isprintable():
        return f"This must be one line of text, of {LINE_MOST} characters at the most."
    if option.section == "form":
        return formsettings.fault(_OF_FORMS[option.name], text)
    return _FAULTS[option.kind](text) if option.kind in _FAULTS else ""


def _title(text: str) -> str:
    return "" if text else "A site needs a title."


def _address(text: str) -> str:
    from chapbook.mail.address import is_address

    return "" if not text or is_address(text) else f"“{text[:100]}” is no e-mail address."


def _language(text: str) -> str:
    parts = text.split("-")
    is_tag = 2 <= len(parts[0]) <= 8 and parts[0].isalpha() and all(
        part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)
    return "" if is_tag else "Write a language tag, such as en, de or pt-BR."


def _zone(text: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return "This time zone is not known on this machine."
    return ""


def _seconds(text: str) -> float:
    """The seconds of a duration; -1 for what is none."""
    value = parsed(text)
    return value if isinstance(value, float) else -1.0


def _session(text: str) -> str:
    if _seconds(text) < 0:
        return "Write a number and a unit (s, min, h, d), as in 2 h."
    if not SHORTEST <= _seconds(text) <= LONGEST:
        return "A visit lasts 10 min at least, and 366 d at the most."
    return ""


_FAULTS = {"title": _title, "address": _address, "language": _language, "zone": _zone,
           "session": _session}


def zones(config: Config) -> list[tuple[str, list[tuple[str, str]]]]:
    """The time zones to choose from, by region, UTC and that of now among them."""
    now = str(config.site.timezone)
    found = timezones.by_region(now)
    known = {name for _, places in found for name, _ in places}
    return [("UTC", [(name, name) for name in sorted({"UTC", now} - known)]), *found]
