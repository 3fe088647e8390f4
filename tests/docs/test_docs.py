"""The documentation is true: its code runs, its output is what comes out, its links lead on."""
from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from urllib.parse import parse_qsl

import click
import pytest

import chapbook
from chapbook import config, filters
from chapbook.fields import Upload
from chapbook.cli.commands import commands
from chapbook.db import Database
from chapbook.forms import markup, validity, which, wording
from chapbook.location import Location
from chapbook.multidict import MultiDict
from chapbook.session import Session
from chapbook.templates import environment
from chapbook.testing import site
from collection import formmail, spam

from tests.docs.manual import PAGES, ROOT, Block, Copy, blocks, prose
from tests.test_imports import LEVELS

DOCS = ROOT / "docs"
ALL_TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_python = pytest.mark.parametrize(
    "block", [block for page in PAGES for block in blocks(page) if block.kind == "python"],
    ids=lambda block: block.where)


@pytest.fixture
def copy() -> Iterator[Copy]:
    """A copy of the site, new for every page."""
    made = Copy()
    yield made
    made.remove()


@each_page
def test_what_a_page_shows_is_what_happens(page: Path, copy: Copy) -> None:
    copy.follow(page)


@each_python
def test_python_on_a_page_can_be_compiled(block: Block) -> None:
    compile(block.text, block.where, "exec", dont_inherit=True)


@each_python
def test_a_complete_script_says_which_file_it_is(block: Block) -> None:
    assert block.file.startswith("cgi-bin/") or not block.text.startswith("#!")


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target}"


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub and most other programs make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_lines_fit_the_screen(page: Path) -> None:
    """Text has 120 characters, code 100; the rows of tables cannot be broken."""
    for line in prose(page).splitlines():
        assert len(line) <= 120 or line.startswith("| "), f"{page.name}: {line}"
    for block in blocks(page):
        if block.kind in ("python", "html", "sql"):
            for line in block.text.splitlines():
                assert len(line) <= 100, f"{block.where}: {line}"


def test_the_levels_are_those_that_the_imports_are_held_to() -> None:
    rows = re.findall(r"^\| (\d+) \| (`.*`) \| \S", (DOCS / "design.md").read_text("utf-8"), re.M)
    shown = {int(number): set(re.findall(r"`(\w+)/?`", names)) for number, names in rows}
    assert shown == dict(enumerate(LEVELS, 1))


def test_the_settings_are_described_one_by_one_with_default_and_kind() -> None:
    described: dict[str, dict[str, tuple[str, str]]] = {}
    for line in (DOCS / "configuration.md").read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"## `\[(\w+)\]`", line):
            section = described.setdefault(heading[1], {})
        elif row := re.fullmatch(r"\| `(\w+)` \| (?:`(.+?)`|empty) \| (\w+) \| \S.*[.] \|", line):
            section[row[1]] = (row[2] or "", row[3])
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "lib" / "chapbook" / "defaults.ini", "utf-8")
    assert described == {name: {option: (text, kind(text)) for option, text in parser.items(name)}
                         for name in parser.sections()}


def test_the_settings_of_static_forms_are_described_one_by_one() -> None:
    text = (DOCS / "static-forms.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.+?)`|empty) \| (\w+) \| \S.*[.] \|$", text, re.M)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "lib" / "collection" / "defaults.ini", "utf-8")
    assert [(name, default or "", what) for name, default, what in rows] == [
        (option, default, kind(default)) for option, default in parser.items("form *")]


def test_what_speaks_for_spam_is_described_in_the_words_of_the_inbox() -> None:
    text = (DOCS / "static-forms.md").read_text("utf-8")
    table = re.search(r"^\| the inbox says .*\n\|-.*\n((?:\|.*\n)+)", text, re.M)
    assert table is not None
    assert re.findall(r"^\| ([^|]+) \|", table[1], re.M) == list(spam.REASONS.values())


def test_every_name_that_a_page_may_use_as_a_word_to_the_script_is_described() -> None:
    text = (DOCS / "static-forms.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text.partition("## Old FormMail pages")[2], re.M)
    told = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    assert told == {*formmail.INSTRUCTIONS, *formmail.TRAPS, "email"}


FORM_ROWS = re.findall(r"^\| `(<.*?>)` \| (nothing|`.*?`) \| (.+) \|$",
                       (DOCS / "forms.md").read_text("utf-8"), re.M)


@pytest.mark.parametrize(("controls", "sent", "told"), FORM_ROWS)
def test_a_form_gives_the_value_or_the_sentence_that_is_shown(
    controls: str, sent: str, told: str
) -> None:
    form = markup.read(f"<form method=post>{controls}</form>").forms[0]
    fields = MultiDict(parse_qsl(sent.strip("`").replace("nothing", ""), keep_blank_values=True))
    verdict = validity.check(form, fields, MultiDict(), which.submitter(form, fields))
    if told.startswith("`"):
        assert verdict.fits and repr(verdict.values) == told.strip("`")
    else:
        assert [*(fault.sentence for fault in verdict.faults.values()), *verdict.general] == [told]


def test_every_kind_of_fault_can_be_worded() -> None:
    text = (DOCS / "forms.md").read_text("utf-8")
    kinds = {name.partition(" ")[0] for name in takewhile("summary".__ne__, wording.ENGLISH)}
    assert set(re.findall(r"`data-error-(\w+)`", text)) == kinds


def kind(text: str) -> str:
    """What configuration.md calls a value of this form."""
    value = config.parsed(text)
    if isinstance(value, int) and text.endswith("B"):
        return "size"
    return {bool: "switch", int: "number", float: "duration", str: "text"}[type(value)]


FILTERS = re.findall(r"^\| `([^`|]+)` \| `([^`|]+)` \| `([^`|]+)` \|$",
                     (DOCS / "templates.md").read_text("utf-8"), re.M)


@pytest.mark.parametrize(("filter", "value", "gives"), FILTERS)
def test_a_filter_gives_what_is_shown(filter: str, value: str, gives: str) -> None:
    template = environment(site(str(ROOT))).from_string(f"{{{{ ({value})|{filter} }}}}")
    assert template.render() == gives


def test_every_filter_of_ours_is_shown() -> None:
    assert set(filters.made("UTC")) == {filter.partition("(")[0] for filter, _, _ in FILTERS}


@pytest.mark.parametrize("message", [
    row for page in PAGES for table in re.findall(r"^\|[^|\n]* says \|.*\n\|-.*\n((?:\|.*\n)+)",
                                                  page.read_text("utf-8"), re.M)
    for row in re.findall(r"^\| `(.*?)` \|", table, re.M)])
def test_a_message_is_as_it_is_shown(message: str) -> None:
    """Each part of it, between the "..." that stand for names, is somewhere in the code."""
    for part in message.split("..."):
        assert any(part.strip() in text for text in TEXTS), part


TEXTS = [node.value for path in (ROOT / "lib").rglob("*.py")
         for node in ast.walk(ast.parse(path.read_text("utf-8")))
         if isinstance(node, ast.Constant) and isinstance(node.value, str)]
TEXTS.append(" ".join((ROOT / "chapbook").read_text("utf-8").split()))


@pytest.mark.parametrize("name", chapbook.__all__)
def test_every_name_of_the_toolkit_is_described(name: str) -> None:
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", ALL_TEXT), f"`{name}` is in none of docs/*.md"


@pytest.mark.parametrize(("owner", "page"), [
    (chapbook.Request, "pages.md"), (chapbook.Response, "pages.md"), (MultiDict, "pages.md"),
    (Location, "pages.md"), (Upload, "pages.md"), (Database, "database.md"),
    (Session, "sessions.md"),
], ids=lambda value: getattr(value, "__name__", ""))
def test_every_attribute_is_described(owner: type, page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    missing = [name for name in vars(owner) if not name.startswith("_")
               and not re.search(rf"\w\.{name}\b", text)]
    assert not missing, f"{owner.__name__}: {', '.join(missing)} are not in {page}"


def test_every_command_and_its_options_are_described() -> None:
    for name, command in commands.commands.items():
        assert f"./chapbook {name}" in ALL_TEXT
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.opts[0] in ALL_TEXT, f"./chapbook {name} {option.opts[0]}"
