"""./chapbook new: the files of a page, complete and passing the checks."""
from __future__ import annotations

import keyword
import os
import re
from string import Template

import click

from chapbook.config import ROOT
from chapbook.script import is_taken

SKELETON = os.path.join(os.path.dirname(__file__), "skeleton")

LONGEST = 30    # so that no line of a skeleton grows over the 100 that flake8 allows


@click.command()
@click.argument("name")
@click.option("--plain", is_flag=True, help="No template: the script writes its answer itself.")
@click.option("--table", is_flag=True,
              help="With a table: a module in lib/collection, its schema, a form.")
def new(name: str, plain: bool, table: bool) -> None:
    """Make the files of a new page, such as "recipes" or "admin/report".

    A script in cgi-bin, its template and its test; they answer and pass ./chapbook check as they
    are, and are yours to change. No existing file is touched.
    """
    if plain and table:
        raise click.UsageError("--plain has no template to show a table in: choose one.")
    if why := refusal(name):
        raise click.ClickException(why)
    files = contents(name, plain=plain, table=table)
    there = [path for path in files if os.path.lexists(os.path.join(ROOT, path))]
    if there:
        raise click.ClickException(f"{', '.join(there)}: already there, and nothing was touched. "
                                   "Choose another name, or remove the files.")
    write_all(files)
    click.echo(f"The page is at /{name}: ./chapbook serve, then http://127.0.0.1:8000/{name}")
    if table:
        click.echo("./chapbook migrate makes its table, and so does the next ./chapbook serve.")


def refusal(name: str) -> str:
    """Why a page cannot have this name, as a sentence; empty when it can."""
    for part in name.split("/"):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", part):
            return (f"{name!r} cannot be a page: a name is lower-case letters, digits and _, and "
                    "begins with a letter; folders are separated by /.")
        if keyword.iskeyword(part):
            return (f"{part!r} is a word of Python's own, which cannot be a module. "
                    f"Try {part + '_page'!r}.")
        if is_taken(part):
            return (f"{part!r} is the name of a Python module, which a script of that name would "
                    f"hide from every page. Try {part + '_page'!r}.")
    if len(name) > LONGEST:
        return f"{name!r} is longer than {LONGEST} characters: find a shorter address."
    if os.path.lexists(os.path.join(ROOT, "htdocs", name)):
        return f"htdocs/{name} is already at /{name}, and static files come first."
    return ""


def contents(name: str, *, plain: bool, table: bool) -> dict[str, str]:
    """The files of a page: their paths below the root, and their text."""
    words = name.replace("/", "_")
    values = {
        "name": name,
        "stem": words,
        "title": name.rpartition("/")[2].replace("_", " ").capitalize(),
        # lib/ is beside cgi-bin/, however deep the script is.
        "up": "os.path.dirname(" * (2 + name.count("/")),
        "down": ")" * (2 + name.count("/")),
    }
    kind = "plain" if plain else "table" if table else "page"
    files = {f"cgi-bin/{name}.py": f"{kind}.py.txt"}
    if not plain:
        files[f"templates/{name}.html"] = f"{kind}.html.txt"
    if table:
        files[f"lib/collection/{words}.py"] = "module.py.txt"
        for engine in ("sqlite", "mysql"):
            files[f"lib/collection/schema/{words}.001.{engine}.sql"] = f"schema.{engine}.sql.txt"
    files[f"tests/pages/test_{words}.py"] = f"test_{kind}.py.txt"
    return {path: fill(skeleton, values) for path, skeleton in files.items()}


def fill(skeleton: str, values: dict[str, str]) -> str:
    """The text of a skeleton with $name, $stem, $title, $up and $down filled in."""
    with open(os.path.join(SKELETON, skeleton), encoding="utf-8") as file:
        return Template(file.read()).substitute(values)


def write_all(files: dict[str, str]) -> None:
    """Write all files and name each; or none, and a ClickException says which cannot be."""
    for number, (path, text) in enumerate(files.items()):
        try:
            write(os.path.join(ROOT, path), text, executable=path.startswith("cgi-bin/"))
        except OSError as error:
            for written in list(files)[:number]:
                os.unlink(os.path.join(ROOT, written))
            why = (": is this folder yours?" if isinstance(error, PermissionError)
                   else f": {error.strerror}.")
            raise click.ClickException(f"{path} cannot be written{why}") from error
    for path in files:
        click.echo(f"  {path}")


def write(path: str, text: str, *, executable: bool) -> None:
    """Write a file that must not be there yet, and make the folders above it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    if executable:
        # Whoever may read it may run it.
        mode = os.stat(path).st_mode
        os.chmod(path, mode | (mode & 0o444) >> 2)
