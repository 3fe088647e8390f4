"""python -m tests.fuzz [--seconds N] [--engine hypothesis|atheris] [TARGET ...]: long runs.

Each target runs for so many seconds (60 by default) in a process of its own, by atheris where it is
installed (pip install atheris; it is made for some versions of Python only), else by hypothesis.
What atheris finds on its way is kept in var/fuzz/, and a run goes on from there.
"""
from __future__ import annotations

import argparse
import importlib.util
import io
import subprocess
import sys
from contextlib import redirect_stderr
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
    "tests.fuzz.requests", "tests.fuzz.texts", "tests.fuzz.archives", "tests.fuzz.oldscripts")


def main() -> int:
    """The number of targets in which something was found."""
    here = "atheris" if importlib.util.find_spec("atheris") else "hypothesis"
    parser = argparse.ArgumentParser("tests.fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target (60)")
    parser.add_argument("--engine", choices=["hypothesis", "atheris"], default=here)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="*")
    given = parser.parse_args()
    sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]
    if given.alone and given.engine == "atheris":
        import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

        with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["chapbook"]):
            found = table()                       # it has a line to say of each module
    else:
        found = table()
    unknown = set(given.target) - set(found)
    if unknown:
        parser.error(f"there is no target {', '.join(unknown)}; known are: {', '.join(found)}")
    if given.alone:
        return alone(given.target[0], given.engine, given.seconds)
    failed = []
    for name in given.target or found:
        print(f"{name}, {given.seconds:g} s by {given.engine}", flush=True)
        if subprocess.run([sys.executable, "-m", "tests.fuzz", "--alone", "--engine", given.engine,
                           "--seconds", str(given.seconds), name], cwd=ROOT).returncode:
            failed.append(name)
    print(f"{len(failed)} of {len(given.target or found)} targets with a finding:", *failed)
    return len(failed)


def table():
    """All targets by name."""
    for name in MODULES:
        importlib.import_module(name)
    from tests.fuzz.table import ALL

    return ALL


def alone(name: str, engine: str, seconds: float) -> int:
    """Run one target in this process."""
    from tests.fuzz import engines

    target = table()[name]
    slow = target.grows_too_fast()
    if slow:
        print(f"{name}: four times {slow} takes far more than four times as long")
        return 1
    if engine == "atheris":
        engines.by_atheris(target, seconds, ROOT / "var/fuzz" / name)
    else:
        print(f"    {engines.by_hypothesis(target, seconds)} inputs")
    return 0


sys.exit(main())
