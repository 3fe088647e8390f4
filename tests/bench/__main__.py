"""The benchmark, `.venv/bin/python -m tests.bench` from the root of the tree; see README.md."""
from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))

import chapbook  # noqa: E402

from tests.bench import load, report, servers  # noqa: E402
from tests.bench.place import Place  # noqa: E402
from tests.bench.report import CROWD, Turns  # noqa: E402
from tests.support.mariadb import missing  # noqa: E402

TOKEN = re.compile('<input type="hidden" name="_once" value="[^"]*">')


def main() -> None:
    """Measure all contenders in turn, and print the report."""
    given = _arguments()
    signal.signal(signal.SIGTERM, _interrupted)
    begun = time.monotonic()
    print(f"Chapbook {chapbook.__version__}, Python {sys.version.split()[0]}, "
          f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start; "
          f"requests by {load.tool()}.", flush=True)
    for reason in (missing(), servers.missing()):
        if reason:
            raise SystemExit(f"The benchmark needs more than is here: {reason}")
    daemon = given.daemon or servers.default_daemon()
    place = Place()
    started: list[servers.Contender] = []
    try:
        place.fill()
        cgi, lacking = servers.by_cgi(place) if given.only != "wsgi" else ([], [])
        wsgi, more = servers.by_wsgi(place, daemon) if given.only != "cgi" else ([], [])
        for what in lacking + more:
            print(f"Left out: {what}.")
        for contender in cgi + wsgi:
            started.append(contender)
            contender.start()
        _compare(cgi + wsgi)
        by_cgi, by_wsgi = _measured(cgi, wsgi, given.rounds, given.quick)
    finally:
        for contender in started:
            contender.stop()
        place.remove()
    parts = [report.by_cgi(by_cgi)] if cgi else []
    parts += [report.by_wsgi(by_wsgi, daemon)] if wsgi else []
    print("", *parts, report.aims(by_cgi, by_wsgi), sep="\n\n")
    print(f"\n{given.rounds} rounds in {time.monotonic() - begun:.0f} s; load average "
          f"{os.getloadavg()[0]:.1f} at the end. Ratios are of the same round; in brackets their "
          "quartiles.")


def _measured(
    cgi: list[servers.Contender], wsgi: list[servers.Contender], rounds: int, quick: bool
) -> tuple[Turns, Turns]:
    """What each contender did in each round; every round has them all, in an order of its own."""
    by_cgi: Turns = {(one.name, number): [] for one in cgi for number in (1, CROWD)}
    by_wsgi: Turns = {(one.name, number): [] for one in wsgi for number in (1, CROWD)}
    for contender in cgi + wsgi:                  # once more than is counted, to warm up
        _turn(contender, contender in wsgi, CROWD, quick)
    for number in range(rounds):
        order = [(one, crowd) for one in cgi + wsgi for crowd in (1, CROWD)]
        random.shuffle(order)
        for contender, crowd in order:
            turn = _turn(contender, contender in wsgi, crowd, quick)
            (by_wsgi if contender in wsgi else by_cgi)[contender.name, crowd].append(turn)
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {rounds} ", end="", file=sys.stderr, flush=True)
    return by_cgi, by_wsgi


def _turn(contender: servers.Contender, stays: bool, crowd: int, quick: bool) -> load.Turn:
    try:
        if stays:
            return load.seconds(contender.url, 1, crowd)
        return load.requests(contender.url, 16 if quick else 30, crowd)
    except RuntimeError as error:
        raise SystemExit(f"{contender.name}: {error}\n{contender.logs()}") from error


def _compare(contenders: list[servers.Contender]) -> None:
    """See that every page is the same, character by character, whatever makes it."""
    pages: list[tuple[str, str]] = []
    for contender in contenders:
        try:
            body = load.fetched(contender.url)
        except (OSError, RuntimeError) as error:
            raise SystemExit(f"{contender.name}: {error}\n{contender.logs()}") from error
        if not contender.is_floor:
            # PHP has other names for the two quotation marks than Jinja2.
            page = body.decode("utf-8").replace("&#039;", "&#39;").replace("&quot;", "&#34;")
            page = TOKEN.sub("", page)            # which Chapbook alone puts in
            pages.append((contender.name, page))
    for name, page in pages:
        if page != (first := pages[0][1]):
            pairs = zip(first.splitlines(), page.splitlines())
            differing = next((pair for pair in pairs if pair[0] != pair[1]), ("", "(its length)"))
            raise SystemExit(f"{name} gives another page:\n- {differing[0]}\n+ {differing[1]}\n"
                             "tests/bench/contenders has to follow the guestbook's template.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Chapbook beside bare Python, Flask and PHP.")
    parser.add_argument("--quick", action="store_true", help="2 short rounds, under a minute")
    parser.add_argument("--rounds", type=int, help="how often each is measured (12)")
    parser.add_argument("--only", choices=("cgi", "wsgi"), help="one way of serving")
    parser.add_argument("--daemon", type=_daemon, metavar="PxT",
                        help="mod_wsgi's processes x threads (as in apache/chapbook.conf)")
    given = parser.parse_args()
    given.rounds = given.rounds or (2 if given.quick else 12)
    return given


def _daemon(text: str) -> tuple[int, int]:
    processes, threads = text.split("x")
    return int(processes), int(threads)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit("stopped")


if __name__ == "__main__":
    main()
