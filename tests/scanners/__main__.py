"""python -m tests.scanners: sqlmap and wapiti on the whole site, with a signed-in administrator.

First both must find the holes of a page that is broken on purpose (tests/scanners/broken.py). Then
that page goes, and nothing of medium or higher severity may be found. All of it takes an hour or
two; shorter is --only sqlmap, --only wapiti, --like TEXT (requests whose path has it), and
--seconds (for wapiti to read the site, and again for each kind of attack). What the scanners said
is in var/scanners/said/.
"""
from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT)]

from tests.scanners import programs  # noqa: E402
from tests.scanners.place import Place, Request  # noqa: E402
from tests.scanners.programs import Finding  # noqa: E402

MEDIUM = 2
CONTROL = Request("GET", "/broken?name=Ann&word=hello")


def main() -> int:
    """0 where the broken page's holes were found, and nothing else."""
    parser = argparse.ArgumentParser("tests.scanners", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["sqlmap", "wapiti"])
    parser.add_argument("--like", default="")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--jobs", type=int, default=2, help="requests that sqlmap tries at once")
    parser.add_argument("--skip", type=int, default=0, help="so many requests, tried before")
    parser.add_argument("--list", action="store_true", help="show the requests, and try nothing")
    given = parser.parse_args()
    said = programs.HOME / "said" / time.strftime("%Y-%m-%d %H.%M.%S")
    said.mkdir(parents=True)
    found: list[Finding] = []
    with Place() as place:
        requests = [each for each in place.requests if given.like in each.path]
        if given.list:
            print(*requests, sep="\n")
            return 0
        missed = control(place, said, given.only)
        place.mend()
        if given.only != "wapiti":
            found += each_by_sqlmap(place, requests[given.skip:], said, given.jobs)
        if given.only != "sqlmap":
            starts = ["/", *sorted({each.path.partition("?")[0] for each in requests
                                    if "*" not in each.path})]
            found += programs.wapiti(place, starts, said, given.seconds)
        faults = place.faults()
    for finding in sorted(found, key=lambda each: -each.severity):
        print(finding)
    bad = [finding for finding in found if finding.severity >= MEDIUM]
    print(f"{len(found)} findings, {len(bad)} of medium or higher severity; "
          f"{len(faults)} faults of the site in its log", *faults[:20], sep="\n")
    return bool(bad or missed)


def each_by_sqlmap(
    place: Place, requests: list[Request], said: Path, jobs: int
) -> list[Finding]:
    """What sqlmap finds in all requests, so many at once; after each the site is put back."""
    found: list[Finding] = []

    def tried(request: Request) -> tuple[list[Finding], float]:
        begun = time.monotonic()
        return programs.sqlmap(place, request, said), time.monotonic() - begun

    with ThreadPoolExecutor(jobs) as pool:
        at_work = {pool.submit(tried, request): request for request in requests}
        for number, done in enumerate(as_completed(at_work), 1):
            new, seconds = done.result()
            place.restore()                       # here, since a database has a thread
            print(f"sqlmap {number}/{len(requests)} {at_work[done]}: {len(new)} in {seconds:.0f} s",
                  flush=True)
            found += new
    return found


def control(place: Place, said: Path, only: str | None) -> list[str]:
    """The holes of the broken page that were not found."""
    missed = []
    if only != "wapiti" and not programs.sqlmap(place, CONTROL, said):
        missed.append("sqlmap: SQL injection")
    if only != "sqlmap":
        kinds = {finding.what for finding in programs.wapiti(
            place, [CONTROL.path], said, 120, "page", ("sql", "xss")) if finding.severity >= MEDIUM}
        for hole in ("SQL Injection", "Reflected Cross Site Scripting"):
            if not any(hole.lower() in kind.lower() for kind in kinds):
                missed.append(f"wapiti: {hole}")
    print("the broken page:", "MISSED " + ", ".join(missed) if missed else "its holes were found",
          flush=True)
    return missed


sys.exit(main())
