"""./chapbook permissions: a page of who may do what, from the scripts themselves."""
from __future__ import annotations

import os
from typing import Any

import click

from chapbook import config
from chapbook.page import METHODS
from chapbook.permissions import EVERYONE, Permission
from chapbook.script import application_of

PAGE = "docs/permissions.md"
INTRODUCTION = """\
# The permissions

Who may do what, by the pages themselves. `./chapbook permissions` makes this page, and
[Who may use a page](who-may.md) says what the words mean. A role may all that those before it may:
everyone, member, editor, administrator.
"""
CLOSED = "nobody"


@click.command()
@click.option("--print", "shown", is_flag=True, help=f"Print it, and leave {PAGE} as it is.")
def permissions(shown: bool) -> None:
    """Write docs/permissions.md: who may use which page, by which method."""
    root = config.current().root
    text = table(root)
    if shown:
        click.echo(text, nl=False)
        return
    path = os.path.join(root, PAGE)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"{PAGE} is written: {text.count(chr(10) + '| `/')} addresses.")


def table(root: str) -> str:
    """The text of the page, as Markdown."""
    rows = [row for script in _scripts(root) for row in _pages(root, script)]
    named: dict[Permission, list[str]] = {}
    lines = ["", "## By address", "", "| address | to look | to change something |",
             "|---|---|---|"]
    for address, page in rows:
        looks = _who(page, "GET", address)
        others = [method.upper() for method in METHODS[1:] if method.upper() in page.allowed]
        changes = ", ".join(dict.fromkeys(_who(page, method, address) for method in others))
        lines.append(f"| `{address}` | {looks if 'GET' in page.allowed else ''} | {changes} |")
        for rule in page.rules.values():
            if isinstance(rule, Permission) and address not in named.setdefault(rule, []):
                named[rule].append(address)
    words = ["", "## By permission", "", "| may | who | where |", "|---|---|---|"]
    words += [f"| {rule.words} | {_said(rule)} | {', '.join(f'`{one}`' for one in addresses)} |"
              for rule, addresses in named.items()]
    return "\n".join([INTRODUCTION.rstrip("\n"), *words, *lines]) + "\n"


def _scripts(root: str) -> list[str]:
    """The scripts of a site, named from cgi-bin/ and without their endings, in order."""
    folder = os.path.join(root, "cgi-bin")
    return sorted(
        os.path.relpath(os.path.join(place, name), folder).removesuffix(".py")
        for place, _, files in os.walk(folder) if "__pycache__" not in place
        for name in files if name.endswith(".py"))


def _pages(root: str, script: str) -> list[tuple[str, Any]]:
    """The addresses of a script with their pages; none for another program."""
    folder = os.path.join(root, "cgi-bin")
    application: Any = application_of(os.path.join(folder, script + ".py"), folder)
    place = "/" if script == "index" else f"/{script}"
    pages = sorted(getattr(application, "pages", []), key=lambda pair: pair[0])
    return [((place + pattern).rstrip("/").replace("//", "/") or "/", page)
            for pattern, page in pages]


def _who(page: Any, method: str, address: str) -> str:
    """Who may, by one method, in a word or a few."""
    if method in page.rules:
        return _said(page.rules[method])
    return CLOSED if address.startswith("/admin/") else EVERYONE


def _said(rule: Any) -> str:
    who = rule.who if isinstance(rule, Permission) else rule
    if isinstance(who, str):
        return who
    return str(who.__doc__ or who.__name__).strip().partition("\n")[0].rstrip(".")
