"""One door in, one door out: what a page may not reach for by itself, and how its script begins."""
from __future__ import annotations

import ast

from .findings import DOORS, Finding, line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .findings import Source

_SERVERS = "is another thing under each server, and holds what nobody has checked"
_OUTPUT = "goes into the middle of the answer under CGI, and to nobody elsewhere"
_FORGED = "is what the visitor says and can be any text"
_ABSOLUTE = 'write request.absolute(...), which is made of base_url in site.ini'

# In the site's own code, and in the toolkit outside of its doors.
NAMES = {
    "os.environ": (_SERVERS, "read the request, or the settings in request.config"),
    "os.environb": (_SERVERS, "read the request, or the settings in request.config"),
    "os.getenv": (_SERVERS, "read the request, or the settings in request.config"),
    "sys.stdin": (_SERVERS, "read request.form, request.body or request.json"),
    "input": (_SERVERS, "read request.form"),
    "print": (_OUTPUT, "return a Response, and leave notes with logging or request.flash"),
    "sys.stdout": (_OUTPUT, "return a Response"),
}
# In the site's own code.
OWN_NAMES = {
    "sys.stderr": ("is a log that differs from server to server",
                   "raise an error of chapbook.errors with a detail, which goes to the log"),
    "markupsafe.Markup": (
        "says that a text is safe HTML, and then nothing in it is escaped",
        "put the markup into a template, and only the text into {{ }}"),
}
TEXTS = {
    "HTTP_COOKIE": (_SERVERS, "read request.cookies, or keep it in request.session"),
    "HTTP_HOST": (_FORGED, _ABSOLUTE), "HTTP_X_FORWARDED_HOST": (_FORGED, _ABSOLUTE),
    "HTTP_X_FORWARDED_FOR": (_FORGED, "read request.remote_address, and name the proxies in "
                                      "site.ini"),
}
_HEADERS = {
    "cookie": TEXTS["HTTP_COOKIE"], "host": TEXTS["HTTP_HOST"],
    "x-forwarded-host": TEXTS["HTTP_HOST"], "x-forwarded-proto": TEXTS["HTTP_HOST"],
    "x-forwarded-for": TEXTS["HTTP_X_FORWARDED_FOR"],
}
# Modules that have one place, and what to use elsewhere.
PLACES = {
    "smtplib": ("lib/chapbook/mail/", "a page would wait for the mail server, and lose the letter "
                "with it", "write mail.send(request, ...), which stores it"),
    "sqlite3": ("lib/chapbook/engines/", "a connection of one's own has none of the limits and "
                "none of the transaction of the request", "use request.db"),
    "pymysql": ("lib/chapbook/engines/", "a connection of one's own has none of the limits and "
                "none of the transaction of the request", "use request.db"),
}


def findings(source: Source) -> Iterator[Finding]:
    """Where a file goes past the request, the response or the template."""
    if not source.is_door:
        for node, name in source.references():
            if name in NAMES:
                yield _past(node, name, NAMES[name])
            elif not source.is_toolkit and name in OWN_NAMES and name != "markupsafe.Markup":
                yield _past(node, name, OWN_NAMES[name])
        for node in source.nodes:
            if isinstance(node, ast.Call) and _is_markup(source.dotted(node.func)):
                yield Finding(line(node), "markup", (
                    "Markup(...) {}; {}.".format(*OWN_NAMES["markupsafe.Markup"])))
            elif isinstance(node, ast.FunctionDef) and node.name == "__html__":
                yield Finding(line(node), "markup", (
                    "__html__ {}; {}.".format(*OWN_NAMES["markupsafe.Markup"])))
        yield from _temporary(source)
    if not source.is_toolkit:
        yield from _own(source)
    yield from _policies(source)
    for node, whole in source.imports():
        for module, (place, why, instead) in PLACES.items():
            if whole.partition(".")[0] == module and not source.path.startswith((place, *DOORS)):
                yield Finding(line(node), "place", f"{module} is for {place} alone: {why}; "
                                                   f"{instead}.")
    if source.is_script:
        yield from _script(source)


def _past(node: ast.AST, name: str, told: tuple[str, str]) -> Finding:
    return Finding(line(node), "door", f"{name} {told[0]}; {told[1]}.")


def _is_markup(name: str) -> bool:
    return name in ("markupsafe.Markup", "jinja2.Markup", "markupsafe.Markup.format")


def _temporary(source: Source) -> Iterator[Finding]:
    """Files in /tmp, which everybody on a shared host can see."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and source.dotted(node.func).startswith("tempfile.") and (
            not any(each.arg in ("dir", None) for each in node.keywords) and len(node.args) < 2
        ):
            yield Finding(line(node), "temporary", (
                "A temporary file without dir= lies in /tmp, which a host shares with strangers; "
                "write dir=request.config.path(request.config.paths.uploads), or another folder of "
                "the site."))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (
            node.value.startswith(("/tmp/", "/var/tmp/", "/dev/shm/")) or node.value == "/tmp"
        ):
            yield Finding(line(node), "temporary", (
                f"{node.value} is shared with strangers on many hosts; use a folder of the site, "
                "below var/."))


def _policies(source: Source) -> Iterator[Finding]:
    """Headers that would let in what they keep out."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(
                f"'unsafe-{word}" in node.value for word in ("inline", "eval", "hashes")):
            yield Finding(line(node), "policy", (
                "This lets any script or style run that somebody got into the page; put yours into "
                "htdocs/, and leave the policy as it is."))


def _own(source: Source) -> Iterator[Finding]:
    """What only the site's own code is held to: texts that name what nobody has checked."""
    for node in source.nodes:
        if isinstance(node, ast.Global):
            yield Finding(line(node), "state", (
                f"{', '.join(node.names)} is another one in each process, and is lost under CGI "
                "when the answer is out; keep it in a table, or in request.session."))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in TEXTS:
            yield _past(node, node.value, TEXTS[node.value])
        key = None
        if isinstance(node, ast.Subscript):
            owner, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
            node.func.attr == "get" and node.args
        ):
            owner, key = node.func.value, node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and (
            isinstance(owner, ast.Attribute) and owner.attr == "headers"
            and isinstance(owner.value, ast.Name) and owner.value.id == "request"
        ):
            told = _HEADERS.get(key.value.lower().replace("_", "-"))
            if told is not None:
                yield _past(node, f'The header "{key.value}"', told)


def _script(source: Source) -> Iterator[Finding]:
    """The lines that find lib/, and who may use a page of the administration."""
    up = "os.path.dirname(" * (1 + source.path.count("/"))
    wanted = (f"sys.path.insert(0, {up}os.path.realpath(__file__){')' * up.count('(')}"
              ' + "/lib")')
    body = [node for node in source.tree.body if not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    begins = [ast.unparse(node) for node in body[:3]]
    if begins != ["import os", "import sys", ast.unparse(ast.parse(wanted))]:
        yield Finding(line(body[0]) if body else 1, "begin", (
            "The lines that find lib/ are missing, come late, or are for another folder, and hosts "
            f"set no path that could stand for them; begin with import os, import sys, {wanted}"))
    if source.path.startswith("cgi-bin/admin/"):
        for node in source.nodes:
            if isinstance(node, ast.Call) and (
                source.dotted(node.func) in ("chapbook.Page", "chapbook.page.Page")
            ) and not any(each.arg in ("allow", None) for each in node.keywords):
                yield Finding(line(node), "allow", (
                    "This page of the administration does not say who may use it, and is closed to "
                    "everybody; write allow=permissions.SETTINGS, or another of "
                    "lib/collection/permissions.py."))
