"""The mails that a site in development has sent, at /_mail: those of the folder of `via = folder`.

Only `./chapbook serve` puts it there, and it answers nobody but a browser on this machine that has
come by a name of this machine: not the network, and not another site whose name leads here. A page
of cgi-bin cannot have this address, as names that begin with `_` are none.
"""
from __future__ import annotations

import os

from ..application import answer
from ..errorpage import escaped
from ..errors import MethodNotAllowed, NotFound
from ..mail import folder
from ..percent import quote
from ..response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from email.message import EmailMessage
    from typing import Any

    from ..request import Request
    from .run import WSGI

PLACE = "/_mail"
MOST = 200                    # mails in the list
LARGEST = 2 << 20             # bytes of a mail that is shown


class Mailbox:
    """A WSGI application: the mailbox at /_mail, and `otherwise` for every other address."""

    def __init__(self, otherwise: WSGI) -> None:
        self._otherwise = otherwise

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path != PLACE and not path.startswith(PLACE + "/"):
            return self._otherwise(environ, start_response)
        return answer(lambda request: _respond(request, path[len(PLACE) + 1:]), environ,
                      start_response)


def _respond(request: Request, name: str) -> Response:
    if not _is_here(request):
        raise NotFound(detail="/_mail is there for browsers on this machine alone")
    if request.config.mail.via != "folder":
        raise NotFound("Mail of this site leaves it ([mail] via in site.ini), so there is none to "
                       "be seen here.")
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "HEAD"])
    names = folder.names(request.config)
    if not name:
        return _list(request, names)
    if name not in names:                     # and so no path is made of what was sent
        raise NotFound("There is no such mail in the folder any more.")
    return _one(request, name)


def _is_here(request: Request) -> bool:
    """Whether the browser is on this machine, and knows: the name of another site can lead here."""
    client = request.remote_address.removeprefix("::ffff:")
    host = request.headers.get("Host").lower()
    name = host[:host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return (client.startswith("127.") or client == "::1") and (
        name in ("localhost", "127.0.0.1", "[::1]") or name.endswith(".localhost"))


def _list(request: Request, names: list[str]) -> Response:
    rows = []
    for name in names[:MOST]:
        mail = _read(request, name)
        if mail is None:
            continue
        link = f"{request.root}{PLACE}/{escaped(quote(name))}"
        rows.append(f'<tr><td><a href="{link}">{_header(mail, "Subject")}</a></td>'
                    f"<td>{_header(mail, 'To')}</td>"
                    f"<td>{_header(mail, 'Date')}</td></tr>\n")
    if rows:
        content = ("<table>\n<thead><tr><th>Subject</th><th>To</th><th>Date</th></tr></thead>\n"
                   f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n")
    else:
        content = "<p>Nothing has been sent yet.</p>\n"
    where = escaped(request.config.path(request.config.mail.folder))
    more = "" if len(names) <= MOST else f" Of {len(names)}, these are the newest {MOST}."
    return _page(request, "Mails", content + (
        f'<p class="small">The files are in <code>{where}</code>; nothing has left this '
        f"machine.{more}</p>\n"))


def _one(request: Request, name: str) -> Response:
    mail = _read(request, name)
    if mail is None:
        raise NotFound("There is no such mail in the folder any more.")
    lines = "".join(f"<dt>{each}</dt><dd>{_header(mail, each)}</dd>\n" for each in (
        "From", "To", "Reply-To", "Date", "Message-ID") if each in mail)
    part = mail.get_body(("plain",))
    data = part.get_payload(decode=True) if part is not None else b""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    content = (f'<dl>\n{lines}</dl>\n<article class="entry"><p class="said">{_lines(text)}'
               f'</p></article>\n<p><a href="{request.root}{PLACE}">All mails</a></p>\n')
    return _page(request, str(mail.get("Subject", "")) or "A mail without a subject", content)


def _read(request: Request, name: str) -> EmailMessage | None:
    """The mail of this file; None where it has just gone, or is no mail at all."""
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    path = os.path.join(request.config.path(request.config.mail.folder), name)
    try:
        with open(path, "rb") as file:
            found = message_from_bytes(file.read(LARGEST), policy=policy.default)
    except OSError:
        return None
    return found if isinstance(found, EmailMessage) else None


def _header(mail: EmailMessage, name: str) -> str:
    return escaped(str(mail.get(name, ""))) or "(none)"


def _lines(text: str) -> str:
    """The text with its lines, ready to stand between tags."""
    return "\n".join(escaped(line.replace("\t", "    ")) for line in
                     text.replace("\r\n", "\n").split("\n"))


def _page(request: Request, title: str, content: str) -> Response:
    return Response.html(f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{escaped(title)}</title>
<link rel="stylesheet" href="{escaped(request.static("style.css"))}">
<link rel="icon" href="{escaped(request.static("favicon.svg"))}">
</head>
<body>
<main>
<h1>{escaped(title)}</h1>
{content}</main>
</body>
</html>
""")
