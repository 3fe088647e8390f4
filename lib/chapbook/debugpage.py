"""The page the owner sees with `debug = yes`: what happened, where, and what was held there.

The successor of cgitb. It is one complete document with its own style, because it must be readable
when nothing else works; it needs no script, and it is never for visitors.
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
:root {
  --paper: #f8f2e4; --shade: #efe6d2; --ink: #211d18; --faint: #665a49; --rule: #c8bb9f;
  --red: #9e1b17; --mark: #f3d9c6;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
  --mono: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #1b1815; --shade: #262119; --ink: #e9e0cf; --faint: #ab9f8a; --rule: #574d3e;
    --red: #ee8a76; --mark: #4a2a22;
  }
}
* { box-sizing: border-box; }
html { color-scheme: light dark; font: 106%/1.55 var(--serif); color: var(--ink); }
html { background: var(--paper); font-variant-numeric: oldstyle-nums; text-size-adjust: 100%; }
body { max-width: 56rem; margin: 0 auto; padding: 1.5rem clamp(.8rem, 4vw, 2rem); }
body { overflow-wrap: anywhere; }
h1, h2, h3 { font-weight: normal; line-height: 1.25; margin: 2.2rem 0 .6rem; }
h1 { margin: .5rem 0 1rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.1rem); }
h2 { padding-top: 1rem; border-top: 3px double var(--ink); font-size: 1.35rem; }
h3 { margin: 1.4rem 0 .4rem; font-size: 1rem; }
h1, h2, .note, td code { white-space: pre-wrap; }
h1 b, h2 b { display: block; font-size: 1.1rem; font-weight: normal; color: var(--red); }
.caps, th, summary, label { font-variant-caps: small-caps; letter-spacing: .05em; }
th code, summary code { font-variant-caps: normal; letter-spacing: 0; }
.top { border-top: 3px double var(--ink); padding-top: .8rem; }
.top p { margin: 0 0 .5rem; }
.quiet, footer { color: var(--faint); }
.note { padding-left: .8rem; border-left: 3px double var(--red); }
nav { border-block: 1px solid var(--rule); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
nav ul { margin: 0; padding: .3rem 0; list-style: none; }
a { color: var(--red); text-underline-offset: .18em; }
:focus-visible { outline: 2px solid var(--red); outline-offset: 2px; }
code, textarea, .source { font-family: var(--mono); font-size: .84rem; }
code, textarea, .source { font-variant-numeric: lining-nums; }
.source { margin: 0 0 .4rem; padding: .5rem 0; list-style: none; line-height: 1.5; }
.source { background: var(--shade); border-block: 1px solid var(--rule); }
.source li { display: flex; gap: .8em; padding-right: .5rem; white-space: pre-wrap; tab-size: 4; }
.source i { flex: 0 0 3em; font-style: normal; text-align: right; color: var(--faint); }
.source i { user-select: none; -webkit-user-select: none; }
.source code { flex: 1; min-width: 0; font-size: 1em; }
.source .failing { background: var(--mark); box-shadow: inset 4px 0 var(--red); }
.source .failing i { color: var(--red); font-weight: bold; }
.source mark { color: inherit; background: none; font-weight: bold; }
.source mark { text-decoration: underline 2px var(--red); text-underline-offset: .25em; }
details { margin: .4rem 0 .8rem; }
summary { cursor: pointer; color: var(--faint); }
summary:hover { color: var(--red); }
.fold > div { padding-left: 1rem; border-left: 1px solid var(--rule); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: baseline; }
th, td { border-bottom: 1px solid var(--rule); }
th { width: 12rem; font-weight: normal; }
textarea { width: 100%; padding: .6rem; line-height: 1.45; resize: vertical; }
textarea { color: inherit; background: var(--shade); border: 1px solid var(--faint); }
footer { margin-top: 2rem; padding-top: .8rem; border-top: 3px double var(--ink); }
@media (max-width: 34rem) {
  th, td { display: block; width: auto; }
  th { padding-bottom: 0; border: 0; }
  .source i { flex-basis: 2.4em; }
}
@media print {
  :root { --paper: #fff; --shade: #fff; --mark: #fff; --ink: #000; }
  nav { display: none; }
}
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PLAIN = 100_000                   # characters of the traceback as text

# What HTML has no place for, and what reorders a line so that it reads as what it is not.
_UNSEEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    "\U00010000-\U0010ffff]|["
    + "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)) + "]")


def page(exc: BaseException, *, request_line: str, request_id: str,
         details: dict[str, dict[str, str]]) -> tuple[str, str]:
    """The HTML of the page, and the hash of its style ("sha256-...") for the CSP's `style-src`.

    `details` are tables about the request: a heading, then names and values; values that their name
    calls a secret are masked here. The page shows source and data: serve it to the owner only.
    """
    told = frames.troubles(exc)
    title = f"{told[0].kind}: {told[0].message}"[:120]
    tables = "".join(
        f"<h3>{_text(heading)}</h3>\n{_table([(name, _value(name, rows[name])) for name in rows])}"
        for heading, rows in details.items())
    plain = _plain(exc)
    opened = not any(frame.ours for trouble in told for frame in trouble.frames)
    lines = _frames(told[0], opened) + "".join(_older(trouble, opened) for trouble in told[1:])
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{_text(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header class="top">
<p class="quiet"><code>{_text(frames.without_secrets(request_line))}</code> · request
<code>{_text(request_id)}</code></p>
{_heading(1, told[0])}<nav aria-label="Parts of this page">
<ul class="caps">
<li><a href="#lines">Where it happened</a></li>
<li><a href="#request">The request</a></li>
<li><a href="#text">To copy</a></li>
</ul>
</nav>
</header>
<main>
<section id="lines">
<h2>Where it happened</h2>
{lines}</section>
<section id="request">
<h2>The request</h2>
{tables}</section>
<section id="text">
<h2>To copy</h2>
<p><label for="traceback">The traceback as text</label></p>
<textarea id="traceback" readonly rows="{min(24, plain.count(chr(10)) + 1)}" spellcheck="false">
{_text(plain)}</textarea>
</section>
</main>
<footer>Python {sys.version.split()[0]}. You see this page because <code>debug = yes</code> is in
<code>site.ini</code>; set it to <code>no</code> before others may visit.</footer>
</body>
</html>
""", STYLE_HASH


def _heading(level: int, trouble: Trouble) -> str:
    message = _text(trouble.message) or "(without a message)"
    hint = f"<p>Did you mean <code>{_text(trouble.hint)}</code>?</p>\n" if trouble.hint else ""
    notes = "".join(f'<p class="note">{_text(note)}</p>\n' for note in trouble.notes)
    return f"<h{level}><b>{_text(trouble.kind)}</b>{message}</h{level}>\n{hint}{notes}"


def _older(trouble: Trouble, opened: bool) -> str:
    return (f'<section>\n<p class="quiet">{trouble.relation}:</p>\n'
            f"{_heading(2, trouble)}{_frames(trouble, opened)}</section>\n")


def _frames(trouble: Trouble, opened: bool) -> str:
    """The site's own frames, newest first; runs of toolkit and library frames in a fold."""
    if not trouble.frames:
        return '<p class="quiet">It was never raised, so there are no lines to show.</p>\n'
    parts = []
    newest = next((frame for frame in trouble.frames if frame.ours), None)
    for ours, run in groupby(trouble.frames, lambda frame: frame.ours):
        together = list(run)
        if ours:
            parts += [_frame(frame, held=frame is newest) for frame in together]
        else:
            parts.append(_folded(together, opened))
    if trouble.left_out:
        parts.append(f'<p class="quiet">{trouble.left_out:,} calls between the newest '
                     f"{frames.INNERMOST} and the oldest {frames.OUTERMOST} are left out.</p>\n")
    return "".join(parts)


def _folded(together: list[Frame], opened: bool) -> str:
    count = "1 call" if len(together) == 1 else f"{len(together)} calls"
    where = ", ".join(dict.fromkeys(frame.path for frame in together))
    inside = "".join(_frame(frame, held=False) for frame in together)
    return (f'<details class="fold"{" open" if opened else ""}>\n<summary>{count} in the toolkit '
            f"and libraries: <code>{_text(where)}</code></summary>\n"
            f"<div>\n{inside}</div>\n</details>\n")


def _frame(frame: Frame, *, held: bool) -> str:
    inside = f", in <code>{_text(frame.function)}</code>" if frame.function else ""
    source = "".join(_line(line) for line in frame.source)
    source = (f'<ol class="source">\n{source}</ol>\n' if source
              else '<p class="quiet">The source is not at hand.</p>\n')
    values = (f'<details{" open" if held else ""}>\n<summary>What it held ({len(frame.values)})'
              f"</summary>\n{_table(frame.values)}</details>\n") if frame.values else ""
    return (f"<h3><code>{_text(frame.path)}</code>, line {frame.line}{inside}</h3>\n"
            f"{source}{values}")


def _line(line: Line) -> str:
    text = _text(line.text)
    if line.end > line.start:
        before, failed = line.text[:line.start], line.text[line.start:line.end]
        text = f"{_text(before)}<mark>{_text(failed)}</mark>{_text(line.text[line.end:])}"
    failing = ' class="failing" aria-current="true"' if line.failing else ""
    return f"<li{failing}><i>{line.number}</i><code>{text}</code></li>\n"


def _table(rows: list[tuple[str, str]]) -> str:
    if not rows:
        return '<p class="quiet">(none)</p>\n'
    cells = "".join(f'<tr><th scope="row"><code>{_text(name)}</code></th>'
                    f"<td><code>{_text(value)}</code></td></tr>\n" for name, value in rows)
    return f"<table>\n<tbody>\n{cells}</tbody>\n</table>\n"


def _value(name: str, value: str) -> str:
    secret = value and frames.is_secret(name)
    return frames.MASK if secret else frames.without_secrets(frames.capped(value))


def _plain(exc: BaseException) -> str:
    """The traceback as Python would print it."""
    try:
        text = "".join(traceback.format_exception(exc))
    except Exception as failure:  # an exception may be so broken that even traceback trips over it
        text = f"{type(exc).__name__}, which could not be formatted: {type(failure).__name__}\n"
    return frames.without_secrets(frames.capped(text, PLAIN))


def _text(text: str) -> str:
    """The text, ready to stand between tags or in a quoted attribute; what is unseen is spelt."""
    return escape(_UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text))
