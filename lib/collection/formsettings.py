"""The settings of one form: `[form]` of site.ini, then `[form NAME]`, then what the inbox has set.

SETTINGS says what each one is: the inbox makes its page of it. Texts are as site.ini has them.
"""
from __future__ import annotations

from chapbook.config import SECONDS, SIZES, parsed
from chapbook.response import is_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.config import Config, Value
    from chapbook.db import Database

TEXT_MAX = 8000               # characters, as in the table


class Setting:
    """What one setting is: its name, its kind, what to call it, and a hint.

    A kind is "addresses", "aliases", "text", "field" (the name of one), "path", "duration",
    "size", "number", "types" (as in accept), "words" (divided by commas) or "long" (lines of text).
    """

    __slots__ = ("name", "kind", "label", "hint")

    def __init__(self, name: str, kind: str, label: str, hint: str) -> None:
        self.name, self.kind, self.label, self.hint = name, kind, label, hint


SETTINGS = (
    Setting("to", "addresses", "Who gets it by mail",
            "e-mail addresses, divided by commas; empty: the owner of the site"),
    Setting("subject", "text", "Subject of that mail",
            "empty: the name of the form and the title of the site"),
    Setting("reply_to", "field", "Field with the visitor's address",
            "the name of a field, for replies; empty: the first e-mail field"),
    Setting("aliases", "aliases", "Names for recipients",
            "such as “sales: ann@example.org, office: bob@example.org”; a field “recipient” of the"
            " page may hold one of the names"),
    Setting("thanks", "path", "Page that thanks",
            "such as /thanks.html; empty: a page that shows what was received"),
    Setting("keep", "duration", "How long it is kept", "such as 365 d; 0 d is for ever"),
    Setting("file_types", "types", "Which files are taken",
            "such as .pdf, image/*; empty: those that the form asks for"),
    Setting("file_size", "size", "Largest file", "such as 8 MiB"),
    Setting("quota", "size", "All files together", "such as 200 MiB"),
    Setting("rate", "number", "From one sender in an hour",
            "more is taken for spam, five times as many are refused"),
    Setting("daily", "number", "Mails in a day", "what comes beyond that is stored without one"),
    Setting("min_time", "duration", "Shortest time to fill it in",
            "such as 3 s; faster is taken for spam, where it is known"),
    Setting("links", "number", "Links in the texts", "more are taken for spam"),
    Setting("words", "words", "Words of spam", "divided by commas"),
    Setting("autoreply", "long", "Answer by mail",
            "the whole text, sent to the visitor at most once a day; empty: none is sent"),
    Setting("autoreply_subject", "text", "Subject of that answer", "empty: the site's title"),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The settings of one form, ready for use: sizes in bytes, durations in seconds, lists."""

    def __init__(self, values: dict[str, Value], owner: str) -> None:
        def text(name: str) -> str:
            return str(values[name])

        def number(name: str) -> int:
            return int(values[name])

        self.to = divided(text("to")) or divided(owner)
        self.subject = text("subject")
        self.reply_to = text("reply_to")
        self.aliases = aliases(text("aliases"))
        self.thanks = text("thanks")
        self.keep = number("keep")
        self.file_types = text("file_types")
        self.file_size = number("file_size")
        self.quota = number("quota")
        self.rate = number("rate")
        self.daily = number("daily")
        self.min_time = number("min_time")
        self.links = number("links")
        self.words = divided(text("words"))
        self.autoreply = text("autoreply")
        self.autoreply_subject = text("autoreply_subject")


def of(db: Database, config: Config, form: str) -> Settings:
    """The settings that hold for a form; what the inbox has set comes first."""
    values = dict(vars(config.named("form", form)))
    for name, text in own(db, form).items():
        setting = _BY_NAME.get(name)
        if setting is not None and not fault(setting, text):     # not of another version
            values[name] = parsed(text) if setting.kind in _PARSED else text
    return Settings(values, str(config.site.owner))


def own(db: Database, form: str) -> dict[str, str]:
    """What the inbox has set for a form, by name, as text."""
    rows = db.all(
        "SELECT name, value FROM form_setting WHERE form = :form ORDER BY name", form=form)
    return {row.name: row.value for row in rows}


def texts(db: Database, config: Config, form: str) -> dict[str, str]:
    """The text of every setting that holds for a form, to be shown and changed."""
    return given(config, form) | {
        name: text for name, text in own(db, form).items() if name in _BY_NAME
    }


def given(config: Config, form: str) -> dict[str, str]:
    """The text of every setting as site.ini has it, without what the inbox has set."""
    values = vars(config.named("form", form))
    return {setting.name: text_of(setting.kind, values[setting.name]) for setting in SETTINGS}


def change(db: Database, form: str, name: str, text: str | None) -> None:
    """Set one setting, or with None give it back to site.ini; ValueError says what is wrong."""
    if name not in _BY_NAME:
        raise ValueError(f"There is no setting {name!r}.")
    text = text if text is None else text.strip()
    found = None if text is None else fault(_BY_NAME[name], text)
    if found:
        raise ValueError(found)
    db.run("DELETE FROM form_setting WHERE form = :form AND name = :name", form=form, name=name)
    if text is not None:
        db.run("INSERT INTO form_setting (form, name, value) VALUES (:form, :name, :value)",
               form=form, name=name, value=text)


def fault(setting: Setting, text: str) -> str:
    """What is wrong with this text for a setting, as a sentence; "" where it is right."""
    kind = setting.kind
    if len(text) > TEXT_MAX:
        return f"This can take {TEXT_MAX} characters; it is {len(text)} long."
    if kind != "long" and not text.isprintable():
        return "This must be one line of text."
    if any(c < " " and c not in "\n\t" for c in text):
        return "This has control characters, which have no place in it."
    if kind in _PARSED:
        wanted, example = _PARSED[kind]
        right = type(parsed(text)) is wanted and (kind == "size") == text.endswith("B")
        return "" if right else f"Write it like this: {example}."
    if kind == "path" and text and not is_path(text):
        return "Write a path of this site, such as /thanks.html."
    if kind == "addresses":
        return _wrong_addresses(divided(text))
    if kind == "aliases":
        if any(":" not in pair for pair in divided(text)):
            return "Write names and addresses like this: sales: ann@example.org."
        return _wrong_addresses(list(aliases(text).values()))
    return ""


_PARSED: dict[str, tuple[type, str]] = {
    "number": (int, "10"),
    "size": (int, f"a number and a unit ({', '.join(SIZES)}), as in 8 MiB"),
    "duration": (float, f"a number and a unit ({', '.join(SECONDS)}), as in 365 d"),
}


def _wrong_addresses(addresses: list[str]) -> str:
    from chapbook.mail.address import is_address

    for address in addresses:
        if not is_address(address):
            return f"“{address[:100]}” is no e-mail address."
    return ""


def divided(text: str) -> list[str]:
    """The parts of a text that commas divide, without those that are empty."""
    return [part.strip() for part in text.split(",") if part.strip()]


def aliases(text: str) -> dict[str, str]:
    """The address of each name, in small letters: {"sales": "ann@example.org"}."""
    pairs = (part.partition(":") for part in divided(text))
    return {name.strip().casefold(): address.strip() for name, colon, address in pairs if colon}


def text_of(kind: str, value: Value) -> str:
    """The text that stands for a value in site.ini, in its largest unit."""
    units = SIZES if kind == "size" else SECONDS if kind == "duration" else {}
    for unit, each in reversed(units.items()):
        if isinstance(value, (int, float)) and value % each == 0 and (value or unit in ("d", "B")):
            return f"{int(value) // each} {unit}"
    return str(value)
