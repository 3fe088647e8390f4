"""Security mutants: take one protection out of a copy of the tree, and see that some test fails.

`.venv/bin/python -m tests.mutants` from the root of the tree tries all of them, and ends with 1
where one survives: then a test is missing.
"""
from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from . import trial
from .mutant import Mutant
from .table import MUTANTS, sample


def main() -> int:
    """Try the mutants that were asked for, and print what became of each."""
    given = _arguments()
    chosen = _chosen(given)
    if given.list:
        for mutant in chosen:
            print(f"{mutant.name:36} {mutant.file}")
        return 0
    signal.signal(signal.SIGTERM, _interrupted)
    begun = time.monotonic()
    survivors = []
    try:
        for outcome in trial.trials(chosen, given.jobs):
            print(outcome, flush=True)
            if not outcome.killed:
                survivors.append(outcome.mutant.name)
    except trial.Unusable as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants killed "
          f"in {time.monotonic() - begun:.0f} s.")
    if survivors:
        print(f"No test has missed what these take away: {', '.join(survivors)}.")
    return 1 if survivors else 0


def _chosen(given: argparse.Namespace) -> list[Mutant]:
    if given.only:
        known = {mutant.name: mutant for mutant in MUTANTS}
        unknown = [name for name in given.only if name not in known]
        if unknown:
            raise SystemExit(f"There is no mutant {', '.join(unknown)}; --list tells which are.")
        return [known[name] for name in given.only]
    return sample(given.sample, given.seed) if given.sample else MUTANTS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description="Take one protection out at a time, and see that some test fails.")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many, chosen at random")
    parser.add_argument("--seed", default="", help="makes the choice the same one again")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this one; repeatable")
    parser.add_argument("--list", action="store_true", help="say which there are, and try none")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="how many at once (as many as there are cores)")
    return parser.parse_args()


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit("stopped")


if __name__ == "__main__":
    sys.exit(main())
