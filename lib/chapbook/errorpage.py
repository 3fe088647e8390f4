"""The page a visitor sees when something went wrong, made without database, template or disk.

It shares the stylesheet with every other page, so it looks cared for; without a stylesheet it is plain,
complete HTML. It imports nothing, because it must still work when nothing else does.
"""
from __future__ import annotations

# `&` and friends become entities; what HTML has no place for (control characters, lone surrogates,
# noncharacters) becomes the replacement character, so that the page is valid and can always be encoded.
_SAFE: dict[int, str] = {
    **dict.fromkeys([*range(0x09), 0x0B, *range(0x0C, 0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys([*range(0xFDD0, 0xFDF0)], "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys([plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)],
                    "\N{REPLACEMENT CHARACTER}"),
    ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;",
}


def page(status: int, title: str, sentence: str, *, request_id: str = "", home: str = "/",
         stylesheet: str = "") -> str:
    """The complete HTML of an error page.

    `title` is the short name of the trouble, `sentence` what happened and what the visitor can do; both
    are text. `home` and `stylesheet` are site paths; without a stylesheet none is linked. With a
    `request_id` the visitor is told to quote it, and so the owner finds the line in the log.
    """
    link = f'<link rel="stylesheet" href="{_text(stylesheet)}">\n' if stylesheet else ""
    quote = ("<p class=\"small\">If you write to the owner of this site about it, please quote the number "
             f"<code>{_text(request_id)}</code>.</p>\n") if request_id else ""
    return (
        '<!doctype html>\n'
        '<html lang="en">\n'
        '<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="robots" content="noindex">\n'
        f'<title>{_text(title)}</title>\n'
        f'{link}'
        '</head>\n'
        '<body>\n'
        '<main class="trouble">\n'
        f'<p class="status">{status:d}</p>\n'
        f'<h1>{_text(title)}</h1>\n'
        f'<p>{_text(sentence)}</p>\n'
        '<hr>\n'
        f'<p><a href="{_text(home)}">To the first page</a></p>\n'
        f'{quote}'
        '</main>\n'
        '</body>\n'
        '</html>\n'
    )


def _text(text: str) -> str:
    """The text, ready to stand between tags or in a quoted attribute."""
    text = text.translate(_SAFE)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
