"""./chapbook port: what to change in an old script to make it a page; what in it is Python 2."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator
from textwrap import wrap

import click

from chapbook.config import ROOT

from .porting import python2
from .porting.habits import Habits
from .porting.source import statements

MOST_BYTES = 1 << 20
WIDTH = 88
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")

INTRODUCTION = """\
Nothing has been changed, and nothing was run. As it is, it goes on as an old script
(docs/old-scripts.md): put it into cgi-bin/, executable."""
NO_PYTHON = """\
{name} is no Python: its first line is {first}.

It goes on as an old script (docs/old-scripts.md): put it into cgi-bin/, executable. To make
it a page is to write it anew; this is where to begin."""


@click.command()
@click.argument("script", type=click.Path(dir_okay=False, exists=True))
def port(script: str) -> None:
    """Tell what to change in an old CGI script to make it a page, line by line.

    The file is read, and neither changed nor run. What is Python 2 in it is told first.
    """
    if os.path.getsize(script) > MOST_BYTES:
        raise click.ClickException(f"{script} is larger than a script is: {MOST_BYTES} bytes are "
                                   "the most that is looked at.")
    with open(script, "rb") as file:
        data = file.read()
    for line in report(script, data):
        click.echo(line)


def report(path: str, data: bytes) -> Iterator[str]:
    """The lines of what is told of a script."""
    name = _address(path)
    first = data.partition(b"\n")[0].strip()
    if first.startswith(b"#!") and b"python" not in first:
        yield NO_PYTHON.format(name=path, first=ascii(first.decode("latin-1"))[1:-1])
        yield ""
        yield from _page(name, Habits(name))
        return
    text, problems = _decoded(data)
    old = [*problems, *_indented(text)]
    habits = Habits(name.rpartition("/")[2])
    found: list[tuple[int, str]] = []
    prints = "print_function" in text
    divides = False
    for statement in statements(text):
        divides |= any(word.kind == "sign" and word.text == "/" for word in statement)
        old += python2.findings(statement, prints)
        found += habits.findings(statement)
    is_old = _is_python_2(old)
    lines = text.count("\n") + (not text.endswith("\n"))
    yield f"{path}: {lines} lines of Python{' 2' if is_old else ''}."
    yield ""
    yield INTRODUCTION
    if old:
        yield ""
        yield f"To run on Python 3 at all ({_count(len(old), 'place')}; python3 -m compileall " \
              "tells whether it is read then):"
        yield from _grouped(old)
    if is_old and divides:
        yield "  and 7 / 2, which was 3, is 3.5: where a whole number is meant, 7 // 2"
    if "application" in text and not found:
        yield ""
        yield "It looks like a page: it has an application, and none of the old habits."
        return
    yield ""
    yield f"To be a page ({_count(len(found), 'place')}):" if found else \
        "To be a page it needs the first lines and the last ones of a page."
    yield from _grouped(found)
    yield ""
    yield from _page(name, habits)


def _address(path: str) -> str:
    """The name of the page that a script would be: "guestbook", or "club/members"."""
    inside = os.path.relpath(os.path.realpath(path), os.path.join(ROOT, "cgi-bin"))
    name = os.path.basename(path) if inside.startswith("..") else inside
    parts = os.path.splitext(name)[0].lower().split("/")
    cleaned = [re.sub(r"[^a-z0-9]+", "_", part).strip("_") or "page" for part in parts]
    return "/".join(part if part[:1].isalpha() else f"page_{part}" for part in cleaned)


def _decoded(data: bytes) -> tuple[str, list[tuple[int, str]]]:
    """The text of a file, and what is wrong with its bytes and its first line."""
    problems = []
    if data.startswith(b"\xef\xbb\xbf"):
        problems.append((1, "a byte order mark stands before #!: save it as UTF-8 without BOM"))
        data = data[3:]
    first = data.partition(b"\n")[0]
    if b"\r\n" in data:
        problems.append((1, "its lines end as Windows has them (CR LF), and no web server starts "
                            "it: save it with Unix line ends"))
        data = data.replace(b"\r\n", b"\n")
    if not first.startswith(b"#!"):
        problems.append((1, "its first line must be #!/usr/bin/env python3"))
    elif b"python3" not in first:
        problems.append((1, "its first line asks for another Python: #!/usr/bin/env python3"))
    named = next((found[1].decode("ascii") for line in data.split(b"\n")[:2]
                  if (found := _CODING.match(line))), "")
    try:
        return data.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        problems.append((line, f"it is no UTF-8 ({named or 'and says no other encoding'}): save "
                               "it as UTF-8"))
        return data.decode("latin-1"), problems


def _indented(text: str) -> Iterator[tuple[int, str]]:
    """Where tabs and spaces are mixed, which Python 3 does not read."""
    kinds = set()
    for number, line in enumerate(text.split("\n"), 1):
        space = line[:len(line) - len(line.lstrip(" \t"))]
        if space and line.strip():
            kinds.add(space[0])
            if "\t" in space and " " in space or len(kinds) > 1:
                yield number, "tabs and spaces begin its lines: Python 3 wants one of them"
                return


def _is_python_2(old: list[tuple[int, str]]) -> bool:
    return any("in Python 3" in sentence for _, sentence in old)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _grouped(found: list[tuple[int, str]]) -> Iterator[str]:
    """Each sentence once, with all its lines, in order of the first of them."""
    lines: dict[str, list[int]] = {}
    for number, sentence in sorted(found):
        if number not in lines.setdefault(sentence, []):
            lines[sentence].append(number)
    for sentence, numbers in lines.items():
        where = f"{'line' if len(numbers) == 1 else 'lines'} {_ranges(numbers)}: "
        yield from wrap(where + sentence, WIDTH, initial_indent="  ", subsequent_indent="      ",
                        break_long_words=False, break_on_hyphens=False)


def _ranges(numbers: list[int]) -> str:
    """Numbers as "3, 5-7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _page(name: str, habits: Habits) -> Iterator[str]:
    """The lines of a page to begin with, that compiles and does nothing yet."""
    yield (f"A page to begin with, cgi-bin/{name}.py (./chapbook new {name} makes it with its "
           "template and its test):")
    yield ""
    for line in skeleton(name, habits).splitlines():
        yield "    " + line if line else ""


def skeleton(name: str, habits: Habits) -> str:
    """The text of a page that has the shape of the script: what it asks, shows and takes."""
    up = "os.path.dirname(" * (2 + name.count("/"))
    template = f"{name}.html"
    takes = habits.takes or habits.redirects
    imports = ["Page", "render", "run"] + (["redirect"] if takes else [])
    asked = [f'    {field} = request.query.get("{field}", "")' for field in habits.fields]
    given = "".join(f", {field}={field}" for field in habits.fields)
    show = ["def show(request):", f'    """What templates/{template} shows."""',
            *([] if takes else asked),
            f'    return render(request, "{template}"{"" if takes else given})']
    take = ["", "", "def take(request):",
            f'    """What the form in templates/{template} has sent, held to its HTML."""',
            *(f'    {field} = request.form["{field}"]' for field in habits.fields),
            "    return redirect(request.url)"]
    return "\n".join([
        "#!/usr/bin/env python3", f'"""{name.capitalize()}: say here what this page is for."""',
        "import os", "import sys",
        f"sys.path.insert(0, {up}os.path.realpath(__file__){')' * up.count('(')} + \"/lib\")", "",
        f"from chapbook import {', '.join(sorted(imports, key=str.lower))}", "", "",
        *show, *(take if takes else []), "", "",
        f"application = Page(get=show{', post=take' if takes else ''})", "",
        'if __name__ == "__main__":', "    run(application)"]) + "\n"
