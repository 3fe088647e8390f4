"""The page the owner sees with `debug = yes`: what happened, the lines it came from, what they held.

The successor of cgitb. It is one complete document with its own style, because it must be readable when
nothing else works; it needs no script, and it is never for visitors.
"""
from __future__ import annotations

import base64
import hashlib
import re
import sys
import traceback
from html import escape
from itertools import groupby

from . import frames
from .frames import Frame, Line, Trouble

STYLE = """
:root { --paper: #f8f2e4; --shade: #efe6d2; --ink: #211d18; --faint: #665a49; --rule: #c8bb9f; --red: #9e1b17;
  --mark: #f3d9c6; --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
  --mono: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #1b1815; --shade: #262119; --ink: #e9e0cf;
  --faint: #ab9f8a; --rule: #574d3e; --red: #ee8a76; --mark: #4a2a22; } }
* { box-sizing: border-box; }
html { color-scheme: light dark; font: 106%/1.55 var(--serif); color: var(--ink); background: var(--paper);
  font-variant-numeric: oldstyle-nums; text-size-adjust: 100%; -webkit-text-size-adjust: 100%; }
body { max-width: 56rem; margin: 0 auto; padding: 1.5rem clamp(.8rem, 4vw, 2rem); overflow-wrap: anywhere; }
h1, h2, h3 { font-weight: normal; line-height: 1.25; margin: 2.2rem 0 .6rem; }
h1 { margin: .5rem 0 1rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); white-space: pre-wrap; }
h1 b, h2 b { display: block; font-size: 1.1rem; font-weight: normal; color: var(--red); letter-spacing: .03em; }
h2 { padding-top: 1rem; border-top: 3px double var(--ink); font-size: 1.35rem; white-space: pre-wrap; }
h3 { margin: 1.4rem 0 .4rem; font-size: 1rem; }
.caps, th, summary, label { font-variant-caps: small-caps; letter-spacing: .05em; }
.top { border-top: 3px double var(--ink); padding-top: .8rem; }
.top p { margin: 0 0 .5rem; }
.quiet, footer { color: var(--faint); }
.note { padding-left: .8rem; border-left: 3px double var(--red); white-space: pre-wrap; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0; padding: .3rem 0; list-style: none;
  border-block: 1px solid var(--rule); }
a { color: var(--red); text-underline-offset: .18em; }
:focus-visible { outline: 2px solid var(--red); outline-offset: 2px; }
code, textarea, .source { font-family: var(--mono); font-size: .84rem; font-variant-numeric: lining-nums; }
.source { margin: 0 0 .4rem; padding: .5rem 0; background: var(--shade); border-block: 1px solid var(--rule);
  line-height: 1.5; list-style: none; }
.source li { padding: 0 .5rem 0 4.2em; text-indent: -4.2em; white-space: pre-wrap; tab-size: 4; }
.source i { display: inline-block; width: 3.4em; margin-right: .8em; font-style: normal; text-align: right;
  text-indent: 0; color: var(--faint); user-select: none; -webkit-user-select: none; }
.source .failing { background: var(--mark); box-shadow: inset 4px 0 var(--red); }
.source .failing i { color: var(--red); font-weight: bold; }
.source mark { color: inherit; background: none; font-weight: bold; text-decoration: underline 2px var(--red);
  text-underline-offset: .25em; text-decoration-skip-ink: none; }
details { margin: .4rem 0 .8rem; }
summary { cursor: pointer; color: var(--faint); }
summary:hover { color: var(--red); }
.fold > div { padding-left: 1rem; border-left: 1px solid var(--rule); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: baseline;
  border-bottom: 1px solid var(--rule); }
th { width: 12rem; font-weight: normal; }
td code { white-space: pre-wrap; }
th code { font-variant-caps: normal; letter-spacing: 0; }
textarea { width: 100%; padding: .6rem; color: inherit; background: var(--shade); border: 1px solid var(--faint);
  line-height: 1.45; resize: vertical; }
footer { margin-top: 2rem; padding-top: .8rem; border-top: 3px double var(--ink); font-size: .9rem; }
@media (max-width: 34rem) { th, td { display: block; width: auto; } th { padding-bottom: 0; border: 0; }
  .source li { padding-left: 3.2em; text-indent: -3.2em; } .source i { width: 2.6em; margin-right: .6em; } }
@media print { :root { --paper: #fff; --shade: #fff; --mark: #fff; --ink: #000; } nav { display: none; } }
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

# What HTML has no place for, and what reorders a line so that it reads as something that it is not.
_UNSEEN = re.compile("[^\t\n\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
                     "\U00010000-\U0010ffff]|["
                     + "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)) + "]")


def page(exc: BaseException, *, request_line: str, request_id: str,
         details: dict[str, dict[str, str]]) -> tuple[str, str]:
    """The HTML of the page, and the CSP source of its style ("sha256-...", to stand in quotes in `style-src`).

    `details` are tables about the request: a heading, then names and values; values that a name calls a
    secret are masked here. The page shows source and data: serve it to the owner only.
    """
    told = frames.troubles(exc)
    title = f"{told[0].kind}: {told[0].message}"
    tables = "".join(f"<h3>{_text(heading)}</h3>\n{_table([(n, _value(n, v)) for n, v in rows.items()])}"
                     for heading, rows in details.items())
    text = frames.without_secrets("".join(_plain(exc)))
    rows = min(24, text.count("\n") + 1)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
        f'<title>{_text(title[:120])}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n'
        f'<header class="top">\n<p class="quiet"><code>{_text(request_line)}</code> · request '
        f'<code>{_text(request_id)}</code></p>\n{_heading(1, told[0])}'
        '<nav aria-label="Parts of this page">\n<ul class="caps">\n<li><a href="#lines">The lines</a></li>\n'
        '<li><a href="#request">The request</a></li>\n<li><a href="#text">To copy</a></li>\n</ul>\n</nav>\n'
        f'</header>\n<main>\n<section id="lines" aria-label="The lines">\n{_frames(told[0])}'
        f'{"".join(_older(trouble) for trouble in told[1:])}</section>\n'
        f'<section id="request">\n<h2>The request</h2>\n{tables}</section>\n'
        f'<section id="text">\n<h2>To copy</h2>\n<p><label for="traceback">The traceback as text</label></p>\n'
        f'<textarea id="traceback" readonly rows="{rows}" spellcheck="false" wrap="off">\n'
        f'{_text(text)}</textarea>\n</section>\n</main>\n'
        f'<footer>Python {sys.version.split()[0]}. You see this page because <code>debug = yes</code> is in '
        '<code>site.ini</code>; set it to <code>no</code> before others may visit.</footer>\n</body>\n</html>\n'
    ), STYLE_HASH


def _heading(level: int, trouble: Trouble) -> str:
    hint = f"<p>Did you mean <code>{_text(trouble.hint)}</code>?</p>\n" if trouble.hint else ""
    notes = "".join(f'<p class="note">{_text(note)}</p>\n' for note in trouble.notes)
    message = _text(trouble.message) or "(without a message)"
    return f"<h{level}><b>{_text(trouble.kind)}</b>{message}</h{level}>\n{hint}{notes}"


def _older(trouble: Trouble) -> str:
    return (f'<section>\n<p class="quiet">{trouble.relation}:</p>\n{_heading(2, trouble)}{_frames(trouble)}</section>\n')


def _frames(trouble: Trouble) -> str:
    """The site's own frames open, newest first; runs of toolkit and library frames folded."""
    parts = []
    open_yet = False
    done = 0
    for ours, run in groupby(trouble.frames, lambda frame: frame.ours):
        together = list(run)
        if ours:
            for frame in together:
                parts.append(_frame(frame, values_open=not open_yet))
                open_yet = True
        else:
            where = ", ".join(dict.fromkeys(frame.path for frame in together))
            count = "1 call" if len(together) == 1 else f"{len(together)} calls"
            inside = "".join(_frame(frame, values_open=False) for frame in together)
            folded = "" if open_yet or done + len(together) < len(trouble.frames) else " open"
            parts.append(f'<details class="fold"{folded}>\n<summary>{count} in the toolkit and libraries: '
                         f"<code>{_text(where)}</code></summary>\n<div>\n{inside}</div>\n</details>\n")
        done += len(together)
    if trouble.left_out:
        parts.append(f'<p class="quiet">{trouble.left_out:,} calls between the newest {frames.INNERMOST} and the '
                     f"oldest {frames.OUTERMOST} are left out.</p>\n")
    return "".join(parts) or '<p class="quiet">It was never raised, so there are no lines to show.</p>\n'


def _frame(frame: Frame, *, values_open: bool) -> str:
    where = f"<code>{_text(frame.path)}</code>, line {frame.line}"
    inside = f", in <code>{_text(frame.function)}</code>" if frame.function else ""
    source = "".join(_line(line) for line in frame.source)
    listing = (f'<ol class="source">\n{source}</ol>\n' if source
               else '<p class="quiet">The source is not at hand.</p>\n')
    values = (f'<details{" open" if values_open else ""}>\n<summary>What it held ({len(frame.values)})</summary>\n'
              f"{_table(frame.values)}</details>\n") if frame.values else ""
    return f"<h3>{where}{inside}</h3>\n{listing}{values}"


def _line(line: Line) -> str:
    text = _text(line.text)
    if line.end > line.start:
        text = (f"{_text(line.text[:line.start])}<mark>{_text(line.text[line.start:line.end])}</mark>"
                f"{_text(line.text[line.end:])}")
    failing = ' class="failing" aria-current="true"' if line.failing else ""
    return f"<li{failing}><i>{line.number}</i>{text}</li>\n"


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(f'<tr><th scope="row"><code>{_text(name)}</code></th><td><code>{_text(value)}</code></td></tr>\n'
                    for name, value in rows)
    return f"<table>\n<tbody>\n{cells}</tbody>\n</table>\n" if cells else '<p class="quiet">(none)</p>\n'


def _value(name: str, value: str) -> str:
    return frames.MASK if value and frames.is_secret(name) else frames.without_secrets(value)


def _plain(exc: BaseException) -> list[str]:
    """The traceback as Python would print it."""
    try:
        return traceback.format_exception(exc)
    except Exception as failure:  # what is raised may be broken in ways that the standard library does not expect
        return [f"{type(exc).__name__}, whose traceback could not be formatted: {type(failure).__name__}\n"]


def _text(text: str) -> str:
    """The text, ready to stand between tags or in a quoted attribute; what cannot be seen is spelt out."""
    return escape(_UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text))
