"""The page a visitor sees when something went wrong, made without database, template or disk.

It links the site's stylesheet, so it looks as cared for as any page; without one it is plain,
complete HTML. It imports nothing, because it must still work when nothing else does.
"""
from __future__ import annotations

# `&` and its kind become entities; what HTML has no place for (control characters, noncharacters)
# becomes the replacement character, so that the page is valid whatever it is told to say.
_NO_PLACE = (*range(0x09), 0x0B, *range(0x0C, 0x20), *range(0x7F, 0xA0), *range(0xFDD0, 0xFDF0),
             *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)))
_SAFE = {**dict.fromkeys(_NO_PLACE, "\ufffd"), ord("&"): "&amp;", ord("<"): "&lt;",
         ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;"}


def page(status: int, title: str, sentence: str, *, request_id: str = "", home: str = "/",
         stylesheet: str = "", icon: str = "") -> str:
    """The complete HTML of an error page.

    `title` is the short name of the trouble, `sentence` what happened and what the visitor can do;
    both are text. `home`, `stylesheet` and `icon` are site paths; an empty `stylesheet` or `icon`
    is not linked (without an icon browsers ask for /favicon.ico, in vain). With a `request_id` the
    visitor is asked to quote it, and by it the owner finds the line in the log.
    """
    link = f'<link rel="stylesheet" href="{escaped(stylesheet)}">\n' if stylesheet else ""
    link += f'<link rel="icon" href="{escaped(icon)}">\n' if icon else ""
    quote = ('<p class="small">If you write to the owner of this site about it, please quote the '
             f"number <code>{escaped(request_id)}</code>.</p>\n") if request_id else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{escaped(title)}</title>
{link}</head>
<body>
<main class="trouble">
<p class="status">{status:d}</p>
<h1>{escaped(title)}</h1>
<p>{escaped(sentence)}</p>
<hr>
<p><a href="{escaped(home)}">To the first page</a></p>
{quote}</main>
</body>
</html>
"""


def escaped(text: str) -> str:
    """The text, ready to stand between tags or in a quoted attribute."""
    return text.translate(_SAFE).encode("utf-8", "replace").decode()  # a lone surrogate becomes "?"
