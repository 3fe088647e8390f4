"""What the page itself asks for, by hidden fields: FormMail's, TFmail's, and today's services'.

An old page keeps working when its `action` points to /forms/NAME. The owner's settings stay above
it: a page names recipients only by an alias of theirs, and leads only to pages of this site.
"""
from __future__ import annotations

from chapbook.response import is_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.forms.markup import Control, Form

    from .formsettings import Settings
    from .received import Field

# In a hidden field these are the author's words to the script, and no answer of a visitor.
INSTRUCTIONS = frozenset({
    # FormMail, TFmail, NMS
    "recipient", "subject", "redirect", "required", "sort", "print_blank_fields", "print_config",
    "env_report", "title", "return_link_url", "return_link_title", "missing_fields_redirect",
    "bgcolor", "background", "text_color", "link_color", "vlink_color", "alink_color",
    "missing_template", "email_template", "mail_template",
    # Formspree, FormSubmit, Web3Forms, Netlify, Getform
    "_subject", "_replyto", "_next", "_cc", "_captcha", "_template", "_language", "_format",
    "_autoresponse", "_blacklist", "_url", "_error", "access_key", "form-name", "_redirect",
    "_confirmation",
})
# Fields that people never see and programs fill in.
TRAPS = frozenset({"_gotcha", "_honey", "_honeypot", "honeypot", "bot-field", "botcheck"})
EMAIL_NAMES = ("_replyto", "email")
TEXT_MAX = 100                # characters of a subject or title that a page asks for


def is_instruction(control: Control) -> bool:
    """Whether this is the author's word to the script."""
    return control.type == "hidden" and control.name in INSTRUCTIONS


def is_trap(form: Form, control: Control) -> bool:
    """Whether people do not see this field: by its name, or because the author says so."""
    get = form.attributes.get
    return (control.name in TRAPS or "data-honeypot" in control.attributes
            or control.name == get("netlify-honeypot", get("data-netlify-honeypot", "")) != "")


class Wishes:
    """What one page asks for; all of it may be empty."""

    def __init__(self, form: Form, values: dict[str, Any]) -> None:
        hidden = {control.name for control in form.controls if control.type == "hidden"}

        def asked(*names: str) -> str:
            for name in names:
                if name in hidden and isinstance(values.get(name), str):
                    return str(values[name]).strip()
            return ""

        chosen = values.get("recipient")                   # a select may offer the aliases
        self.recipient = chosen if isinstance(chosen, str) else ""
        self.subject = line(asked("subject", "_subject"))
        self.next = asked("redirect", "_next", "_redirect")
        self.required = _names(asked("required"))
        self.missing_redirect = asked("missing_fields_redirect")
        self.sort = asked("sort")
        self.title = line(asked("title"))
        self.return_url = asked("return_link_url")
        self.return_title = line(asked("return_link_title"))
        # FormMail leaves out what is empty unless it is told otherwise; others show it.
        blanks = asked("print_blank_fields")
        self.with_blanks = blanks not in ("", "0", "no") or not (
            "print_blank_fields" in hidden or "recipient" in hidden)


def recipients(settings: Settings, wanted: str) -> list[str]:
    """Who gets the mail: those whose alias, or configured address, the page names; else `to`.

    An address that is nowhere in the settings is nobody's, whatever the page says.
    """
    known = {address.casefold(): address for address in (
        *settings.to, *settings.aliases.values())}
    found = {}
    for name in wanted.split(",") if wanted else ():
        name = name.strip().casefold()
        address = settings.aliases.get(name) or known.get(name)
        if address:
            found[address.casefold()] = address
    return list(found.values()) or settings.to


def missing(wishes: Wishes, fields: list[Field], values: dict[str, Any]) -> list[Field]:
    """The fields that `required` names and that are empty; a name the form does not have is none.

    "email" must hold an address as well.
    """
    from chapbook.mail.address import is_address

    found = []
    for field in fields:
        if field.name in wishes.required and not field.uploads:
            text = field.text.strip()
            if not text or values.get(field.name) is False or (
                field.name == "email" and not is_address(text)
            ):
                found.append(field)
    return found


def reply_address(settings: Settings, form: Form, values: dict[str, Any]) -> str | None:
    """The visitor's address, where there is one that is right: of the field that is set, or known.

    Else of the first e-mail field.
    """
    from chapbook.mail.address import BadAddress, checked

    names = [settings.reply_to] if settings.reply_to else [
        *EMAIL_NAMES, *(control.name for control in form.controls if control.type == "email")]
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value:
            try:
                return checked(value.strip())
            except BadAddress:
                pass
    return None


def in_order(wishes: Wishes, fields: list[Field]) -> list[Field]:
    """The fields in the order that `sort` asks for: alphabetic, or order:these,first."""
    way, _, names = wishes.sort.partition(":")
    if way.strip() == "alphabetic":
        return sorted(fields, key=lambda field: field.name)
    if way.strip() == "order":
        place = {name: number for number, name in reversed(list(enumerate(_names(names))))}
        return sorted(fields, key=lambda field: place.get(field.name, len(place)))
    return list(fields)


def path(wanted: str, page: str, base_url: str) -> str | None:
    """A page's wish as a path of this site: as it is, beside the page, or with our own address.

    None for what leads elsewhere, or might.
    """
    from chapbook.errors import HTTPError
    from chapbook.paths import without_dots

    scheme, absolute, rest = wanted.partition("://")
    if absolute and scheme.lower() in ("http", "https"):
        host, _, rest = rest.partition("/")
        if host.lower() != base_url.partition("://")[2].partition("/")[0].lower() or not host:
            return None
        wanted = "/" + rest
    if not wanted or not wanted.isascii() or "\\" in wanted or wanted.startswith("//"):
        return None
    if not wanted.startswith("/"):
        if ":" in wanted.partition("/")[0] or wanted[0] in "?#":
            return None
        wanted = page.rpartition("/")[0] + "/" + wanted
    stop = min([at for at in (wanted.find("?"), wanted.find("#")) if at >= 0] or [len(wanted)])
    try:
        whole = without_dots(wanted[:stop]) + wanted[stop:]
    except HTTPError:
        return None
    return whole if is_path(whole) else None


def line(text: str) -> str:
    """A text on one line without control characters, not too long."""
    return " ".join("".join([c if c.isprintable() else " " for c in text]).split())[:TEXT_MAX]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
