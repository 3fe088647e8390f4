"""Templates and static pages: all is escaped, and nothing in a page is a program."""
from __future__ import annotations

import re

from chapbook.forms.blanks import MARK, Blanked
from chapbook.forms.tokens import tags

from .findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from chapbook.forms.tokens import Tag

_JINJA = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FILTER = re.compile(r"(?:\|\s*|\bfilter\s+)(safe|format|attr)\b")
_OPENS = re.compile(r"^\{%[-+]?\s*(extends|include|import|from)\s+(\S+)")
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_URLS = frozenset({"href", "src", "action", "formaction", "poster", "data", "xlink:href"})
_PROGRAMS = ("javascript:", "vbscript:", "data:text/html")
# What begins an address that the site itself has made.
_OWN = re.compile(r"\{\{-?\s*(?:url|static|absolute)\(|\{\{-?\s*request\.(?:url|root|script_url)\b")


def findings(text: str, template: bool) -> Iterator[Finding]:
    """Where a template, or with `template` false a page of htdocs/, breaks the rules."""
    if template:
        yield from _jinja(text)
    plain = Blanked(text).text if template else text
    for tag in tags(plain):
        if not tag.is_end:
            at = text.count("\n", 0, tag.start) + 1
            for rule, sentence in _of_tag(tag, text):
                yield Finding(at, rule, sentence)


def _jinja(text: str) -> Iterator[Finding]:
    for found in _JINJA.finditer(text):
        if found[0].startswith("{#"):
            continue
        at = text.count("\n", 0, found.start()) + 1
        words = _QUOTED.sub('""', found[0])
        for name in _FILTER.findall(words):
            yield Finding(at, "unescaped", {
                "safe": "|safe puts a text out as it is, with all markup and scripts that somebody "
                        "wrote into it; leave it out, and write the markup into the template",
                "format": "|format takes a text as a format, and what is put into it is not always "
                          "escaped; write {{ a }} of {{ b }}",
                "attr": "|attr reads an attribute of any name, also of those that lead to the "
                        "settings; write the name after a dot",
            }[name] + ".")
        if re.search(r"\{%[-+]?\s*autoescape\b", words) or re.search(r"\bMarkup\b", words):
            yield Finding(at, "unescaped", (
                "Escaping is switched off here, so that what visitors wrote becomes part of the "
                "page; leave that out."))
        opened = _OPENS.match(found[0])
        if opened and not opened[2].startswith(('"', "'")):
            yield Finding(at, "template", (
                f"{{% {opened[1]} %}} takes a template whose name is not constant, which may be "
                "any file of templates/; write the name in quotes, and choose with {% if %}."))


def _of_tag(tag: Tag, text: str) -> Iterator[tuple[str, str]]:
    attributes = tag.attributes
    if tag.name == "script" and "src" not in attributes and not _is_data(tag):
        yield "inline", ("A script in the page is blocked by the site's own headers, which cannot "
                         'tell it from one that was smuggled in; write <script src="..."> and a '
                         "file in htdocs/.")
    if tag.name == "style":
        yield "inline", ("<style> in the page is blocked by the site's own headers; write it into "
                         "htdocs/style.css.")
    for name, value in attributes.items():
        start, stop = tag.spans[name]
        written = text[start:stop]
        if name == "style":
            yield "inline", ("style= is blocked by the site's own headers; write a class and its "
                             "rule in htdocs/style.css.")
        elif name.startswith("on") and len(name) > 2 and MARK not in name:
            yield "inline", (f"{name}= is blocked by the site's own headers, which cannot tell it "
                             "from one that was smuggled in; write a script in htdocs/ that "
                             "listens for it.")
        after = written.partition("=")[2].lstrip()
        if "{{" in after and after[:1] not in ("'", '"'):
            yield "unquoted", (f"{name}= has no quotes around {{{{ }}}}, so that a space in the "
                               f'value begins another attribute; write {name}="{{{{ ... }}}}".')
        if name in _URLS:
            if value.strip().lower().replace("\t", "").replace("\n", "").startswith(_PROGRAMS):
                yield "program", (f"{name}= runs a program when it is followed; write a link to a "
                                  "page, or a form.")
            yield from _of_address(name, after)
    if attributes.get("target", "").lower() == "_blank" and not {
        "noopener", "noreferrer"}.intersection(
            attributes.get("rel", "").lower().split()):
        yield "opener", ('target="_blank" lets the page that opens change this one in old '
                         'browsers; write rel="noopener" as well, or leave the target out.')


def _of_address(name: str, written: str) -> Iterator[tuple[str, str]]:
    """An address that begins with what a template does not show to be of the site."""
    written = written.lstrip("\"'")
    if not written.startswith("{{") or _OWN.match(written):
        return
    words = _QUOTED.sub("", written.partition("}}")[0])
    if not re.search(r"[.\[]", words) or re.search(r"\b(?:url_for|static|absolute)\(", words):
        return                                    # a plain name is what the script has made
    yield "address", (f"{name}= begins with a value that somebody may have filled in, and "
                      "javascript:... runs in the page of whoever follows it; write "
                      f'{name}="{{{{ url(...) }}}}", or make the address in the script.')


def _is_data(tag: Tag) -> bool:
    """Whether a script is one that browsers do not run: a block of data."""
    return tag.attributes.get("type", "").lower() in ("application/json", "application/ld+json")
