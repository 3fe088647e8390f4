"""The report: a table for each way of serving, ratios with their spread, and the aims."""
from __future__ import annotations

import statistics
from collections.abc import Callable

from tests.bench.load import Turn

OURS, FLASK, PHP, PHP_KEPT = "Chapbook", "Flask", "PHP-FPM", "PHP-FPM, kept connection"
FLOOR_CGI, FLOOR_WSGI, PHP_CGI = "bare Python, a constant", "a constant", "php-cgi"
CROWD = 4                                         # requests at once, where it is not one

Turns = dict[tuple[str, int], list[Turn]]


def by_cgi(turns: Turns) -> str:
    """Milliseconds a request, and how many times those of the floor and of PHP."""
    rows = [("", "p10 ms", "median ms", "x bare Python", "x php-cgi", f"{CROWD} at once: req/s")]
    for name in _names(turns):
        rows.append((
            name, f"{_middle(turns, name, 1, _p10):.1f}", f"{_middle(turns, name, 1, _median):.1f}",
            _ratio(turns, name, FLOOR_CGI, 1, _p10), _ratio(turns, name, PHP_CGI, 1, _p10),
            f"{_middle(turns, name, CROWD, _rate):.0f}",
        ))
    return _table(
        "By CGI (mod_cgid), a process for each request, one at a time. Quote p10 and its ratios.",
        rows)


def by_wsgi(turns: Turns, daemon: tuple[int, int]) -> str:
    """Requests a second, and what part of those of the floor, of Flask and of PHP."""
    rows = [("", "req/s", "p10 ms", "median ms", "x constant", "x Flask", "x PHP-FPM",
             "one at a time: req/s")]
    for name in _names(turns):
        rows.append((
            name, f"{_middle(turns, name, CROWD, _rate):.0f}",
            f"{_middle(turns, name, CROWD, _p10):.2f}",
            f"{_middle(turns, name, CROWD, _median):.2f}",
            _ratio(turns, name, FLOOR_WSGI, CROWD, _rate),
            _ratio(turns, name, FLASK, CROWD, _rate), _ratio(turns, name, PHP, CROWD, _rate),
            f"{_middle(turns, name, 1, _rate):.0f}",
        ))
    return _table(
        f"Processes that stay (mod_wsgi: {daemon[0]} processes x {daemon[1]} threads), {CROWD} "
        "requests at once. Quote requests/s and its ratios.", rows)


def aims(cgi: Turns, wsgi: Turns) -> str:
    """Each aim with what was measured."""
    lines = ["Aims (the median over the rounds, with quartiles):"]
    for title, turns, other, concurrency, figure, aim, is_most in (
        ("CGI, x bare Python", cgi, FLOOR_CGI, 1, _p10, 4.5, True),
        ("mod_wsgi, x Flask", wsgi, FLASK, CROWD, _rate, 1.15, False),
        ("mod_wsgi, x PHP-FPM", wsgi, PHP, CROWD, _rate, 0.65, False),
    ):
        ratios = _ratios(turns, OURS, other, concurrency, figure)
        if not ratios:
            lines.append(f"  {title:<22} not measured")
            continue
        middle = statistics.median(ratios)
        met = middle <= aim if is_most else middle >= aim
        bound = "at most" if is_most else "at least"
        lines.append(f"  {title:<22} {_spread(ratios):<18} aim: {bound} {aim}: "
                     f"{'met' if met else 'MISSED'}")
    if kept := _ratios(wsgi, OURS, PHP_KEPT, CROWD, _rate):
        lines.append(f"  For later: x PHP-FPM with a kept connection {_spread(kept)}")
    return "\n".join(lines)


def _names(turns: Turns) -> list[str]:
    return list(dict.fromkeys(name for name, _ in turns))


def _middle(turns: Turns, name: str, concurrency: int, figure: Callable[[Turn], float]) -> float:
    return statistics.median(map(figure, turns[name, concurrency]))


def _ratios(
    turns: Turns, name: str, other: str, concurrency: int, figure: Callable[[Turn], float]
) -> list[float]:
    """The ratio of two contenders in each round: what slowed the machine slowed both."""
    pairs = zip(turns.get((name, concurrency), ()), turns.get((other, concurrency), ()))
    return [figure(ours) / figure(theirs) for ours, theirs in pairs]


def _ratio(
    turns: Turns, name: str, other: str, concurrency: int, figure: Callable[[Turn], float]
) -> str:
    if name == other:
        return "1"
    return _spread(_ratios(turns, name, other, concurrency, figure))


def _spread(values: list[float]) -> str:
    if not values:
        return "-"
    if len(values) < 4:
        low, high = min(values), max(values)
    else:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{statistics.median(values):.2f} ({low:.2f}-{high:.2f})"


def _table(title: str, rows: list[tuple[str, ...]]) -> str:
    """The rows in columns, each as wide as it has to be."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [title]
    for name, *cells in rows:
        line = "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths[1:]))
        lines.append(f"  {name:<{widths[0]}}{line}")
    return "\n".join(lines)


def _rate(turn: Turn) -> float:
    return turn.rate


def _p10(turn: Turn) -> float:
    return turn.p10


def _median(turn: Turn) -> float:
    return turn.median
