"""What is wrong with the forms of a page before anybody has sent one.

These are mistakes that a browser passes over in silence and that cost an answer: a real form had
twelve checkboxes of one name and one value, and nobody could tell what had been ticked.
"""
from __future__ import annotations

from bisect import bisect_right

from . import fieldlint, target, which
from .blanks import MARK, Blanked, is_open
from .markup import Document, read, tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .fieldlint import Finding
    from .markup import Form, Tag

_MOST_FORMS = 50          # of a template, that are compared with one another


def faults(
    text: str, *, path: str, base: str = "", template: bool = False,
    answers: Callable[[str, str], bool] | None = None, origin: str = "",
) -> list[str]:
    """A sentence on each mistake in the forms of a page, in the order of the lines.

    `path` is the file, as it is told to people, and `base` the path of the page in the site
    ("/club/join.html"), "" where that is not known. `answers(method, path)` tells whether anything
    of the site takes a form there; without it actions are not looked at. `origin` is that of the
    site ("https://example.org"), "" where it is not known. With `template` the text is one of
    Jinja: what is open in it is no mistake.
    """
    page = _Page(text, base, template, answers)
    page.origin = origin.lower()
    found = sorted(page.findings(), key=lambda finding: finding[0])
    lines, last, told = 1, 0, []
    for offset, sentence in found:
        lines += text.count("\n", last, offset)
        last = offset
        told.append(f"{path}:{lines}: {sentence}")
    return told


class _Page:
    """One page that is looked at."""

    def __init__(
        self, text: str, base: str, template: bool, answers: Callable[[str, str], bool] | None,
    ) -> None:
        self.source = text
        self.blanked = Blanked(text if template else "")
        self.document = read(self.blanked.text if template else text)
        self.tags = list(tags(self.document.text))
        self.base = base
        self.answers = answers
        self.origin = ""
        self.starts = [form.start for form in self.document.forms]
        self.has_open_label = any(tag.name == "label" and is_open(tag, "for") for tag in self.tags)

    def findings(self) -> Iterator[Finding]:
        """Each mistake, with its offset."""
        yield from self.repeated_ids()
        yield from self.nested()
        for form in self.document.forms:
            if form.method == "dialog":
                continue
            more = self.has_more(form)
            yield from fieldlint.findings(form, self.blanked, more, more or self.has_open_label)
            yield from self.of_form(form)
            if self.answers is not None:
                yield from self.unanswered(form, self.answers)
        yield from self.ambiguous()

    # The page

    def repeated_ids(self) -> Iterator[Finding]:
        """Ids that are there twice, and labels for ids that are not there."""
        seen: dict[str, int] = {}
        ids = self.document.ids
        templates = 0
        for tag in self.tags:
            if tag.name == "template":
                templates += -1 if tag.is_end else 1
            if tag.is_end or templates:
                continue
            id = tag.attributes.get("id", "")
            if id and MARK not in id:
                if id in seen and not self.blanked.exclusive(seen[id], tag.start):
                    yield tag.start, (
                        f'The id "{id}" is there twice, so that labels, links and sentences about '
                        f"mistakes reach the first one only; give each element an id of its own.")
                seen.setdefault(id, tag.start)
            named = tag.attributes.get("for", "")
            if tag.name == "label" and named and named not in ids and MARK not in named and not (
                self.may_have_more(tag.start)
            ):
                yield tag.start, (
                    f'The label is for "{named}", and no element has that id, so that it names '
                    f'nothing; write id="{named}" in the field that it belongs to.')

    def may_have_more(self, offset: int) -> bool:
        """Whether the form around an offset, or the page, may have more in it than is seen here."""
        if not self.blanked.opaque:
            return False
        at = bisect_right(self.starts, offset) - 1
        form = self.document.forms[at] if at >= 0 else None
        return form is None or offset >= form.stop or self.has_more(form)

    def has_more(self, form: Form) -> bool:
        """Whether a form may have more in it than is seen here."""
        return self.blanked.is_opaque(form.start, form.stop)

    def nested(self) -> Iterator[Finding]:
        """Forms within forms."""
        around: Tag | None = None
        for tag in self.tags:
            if tag.name != "form":
                continue
            if tag.is_end:
                around = None
            elif around is None or self.blanked.exclusive(around.start, tag.start):
                around = tag
            else:
                yield tag.start, (
                    "A form stands within another one, so that browsers take its fields for those "
                    "of the outer form; end the outer one with </form> first.")

    def ambiguous(self) -> Iterator[Finding]:
        """Forms that nobody could tell apart when one is sent."""
        forms = [form for form in self.document.forms if not self.is_unknown(form)]
        if len(forms) == len(self.document.forms) and not self.blanked.source:
            for sentence in which.ambiguous(self.document, None, self.base or "/"):
                yield forms[0].start, sentence
            return
        for index, form in enumerate(forms[:_MOST_FORMS]):
            for other in forms[:index]:
                if not self.blanked.exclusive(form.start, other.start):
                    pair = Document(self.source)
                    pair.forms = [other, form]
                    for sentence in which.ambiguous(pair, None, self.base or "/"):
                        yield form.start, sentence

    def is_unknown(self, form: Form) -> bool:
        """Whether something of the form that decides what it sends is open in the template."""
        return self.has_more(form) or is_open(form.tag, "action", "method") or any(
            is_open(each.tag, "name", "value", "type", "formaction", "formmethod")
            for each in form.controls)

    # A form

    def of_form(self, form: Form) -> Iterator[Finding]:
        """How it is sent does not go together with what is sent."""
        if is_open(form.tag, "method", "enctype"):
            return
        kinds = {control.type: control for control in form.controls if not control.disabled}
        if form.method == "get" and "password" in kinds:
            yield form.start, (
                'The form has a password and is sent by GET, so that the password is in the '
                'address, in logs and in the history of the browser; write method="post".')
        if form.method == "post" and form.enctype == "text/plain":
            yield form.start, (
                'The form is sent as enctype="text/plain", which is for mailto: and which no page '
                "reads; leave the enctype out.")
        if "file" in kinds and form.enctype != "multipart/form-data" and not any(
            "formenctype" in control.attributes for control in form.controls
        ):
            yield form.start, (
                "The form has a field for files and does not send them, only their names; write "
                'method="post" enctype="multipart/form-data".')

    def unanswered(self, form: Form, answers: Callable[[str, str], bool]) -> Iterator[Finding]:
        """The form, or one of its buttons, is sent to where nothing takes it."""
        if is_open(form.tag, "method"):
            return
        ways: list[tuple[Tag, str, str]] = [(form.tag, "action", form.method)]
        for control in form.controls:
            if control.is_submitter and "formaction" in control.attributes:
                method = control.attributes.get("formmethod", form.method).lower()
                ways.append((control.tag, "formaction", method))
        for tag, name, method in ways:
            action = self.action(tag, name)
            if action is None:
                continue
            if action.lower().startswith("mailto:"):
                yield tag.start, (
                    f'The {name} is "{action}", which most browsers do not send anywhere; write '
                    'action="/forms/NAME", and the site stores what is sent and mails it.')
            elif self.is_elsewhere(action.lower()):
                yield tag.start, (
                    f'The {name} "{action}" is of another site, and browsers are told to send the '
                    f'forms of this one nowhere else; write {name}="/forms/NAME" in '
                    "htdocs/NAME.html, or the path alone for a page of this site.")
            elif (path := self.path(action, method)) and not answers(method.upper(), path):
                what = f'The {name} "{action}" leads to {path}' if action else (
                    f"The form has no {name}, so that it is sent to its own page, {path}")
                yield tag.start, (
                    f"{what}, and nothing there takes a {method.upper()}: what is filled in would "
                    f'be lost; write the address of a script, such as {name}="/forms/NAME" in '
                    "htdocs/NAME.html.")

    def action(self, tag: Tag, name: str) -> str | None:
        """An action as far as it is known; None where it is not."""
        action = tag.attributes.get(name, "").strip()
        if MARK not in action:
            return None if any(MARK in each for each in tag.attributes) else action
        start, stop = tag.spans[name]
        return _literal_url(self.source[start:stop].partition("=")[2].strip(" \t\r\n\"'"))

    def is_elsewhere(self, action: str) -> bool:
        """Whether a static page sends to another site; a script may have headers of its own."""
        if not self.base or not action.startswith(("http://", "https://", "//")):
            return False
        host = f"{action.partition('//')[2]}/".partition("/")[0]
        return host != self.origin.partition("//")[2]

    def path(self, action: str, method: str) -> str:
        """The path of this site that an action leads to; "" where that is not known, or no such."""
        absolute = action.startswith("/") and not action.startswith("//")
        if not absolute and (not self.base or "//" in action.partition("?")[0]):
            return ""
        way = target.resolved(action, self.base)
        return way.path if way is not None else ""


def _literal_url(source: str) -> str | None:
    """The path that `{{ url("guestbook/feed") }}` stands for; None for any other expression."""
    inner = source.removeprefix("{{").lstrip("-+ ")
    quote = inner[4:5]
    if not inner.startswith("url(") or quote not in ("'", '"') or not quote:
        return None
    name, closed, rest = inner[5:].partition(quote)
    rest = rest.lstrip()
    if not closed or rest[:1] not in (",", ")") or source.count("{{") > 1:
        return None
    name = name.strip("/")
    return f"/{'' if name == 'index' else name}"
