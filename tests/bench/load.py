"""The load: ApacheBench where it is, else threads of this process; what one turn of it measured."""
from __future__ import annotations

import csv
import http.client
import re
import shutil
import subprocess
import tempfile
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

AB = shutil.which("ab")
PLENTY = 1_000_000


class Turn(NamedTuple):
    """What was measured: answers a second, and the 10th and 50th percentile of milliseconds."""

    rate: float
    p10: float
    median: float


def tool() -> str:
    """What makes the load, for the report."""
    if AB:
        return "ab (ApacheBench)"
    return "Python threads (too slow for the fastest pages: install apache2-utils)"


def requests(url: str, count: int, concurrency: int) -> Turn:
    """So many requests, each on a connection of its own."""
    return _turn(url, concurrency, keep=False, count=count)


def seconds(url: str, duration: int, concurrency: int) -> Turn:
    """As many requests as the time allows, on kept connections."""
    return _turn(url, concurrency, keep=True, duration=duration)


def fetched(url: str) -> bytes:
    """The body at an address; RuntimeError unless it comes with status 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{url} answered {answer.status}:\n{body[:2000]!r}")
    return body


def _turn(url: str, concurrency: int, *, keep: bool, count: int = 0, duration: int = 0) -> Turn:
    if AB is None:
        return _by_threads(url, concurrency, keep, count, duration)
    with tempfile.NamedTemporaryFile("r", prefix="chapbook-ab-", suffix=".csv") as file:
        # -t must come before -n, which it would set to 50,000.
        limits = ["-t", str(duration), "-n", str(PLENTY)] if duration else ["-n", str(count)]
        done = subprocess.run(
            [AB, "-q", *limits, "-c", str(concurrency), *(["-k"] if keep else []), "-s", "30",
             "-e", file.name, url], capture_output=True, text=True, check=False)
        # A busy Apache closes kept connections that are idle, maybe just when one is used again.
        if done.returncode or "Non-2xx" in done.stdout or (
            _number(done.stdout, "Failed requests") > concurrency * keep
        ):
            raise RuntimeError(f"ab was not answered as it should be:\n{done.stdout}{done.stderr}")
        complete = _number(done.stdout, "Complete requests")
        if keep and _number(done.stdout, "Keep-Alive requests") < 0.9 * complete:
            raise RuntimeError(f"connections to {url} were not kept:\n{done.stdout}")
        rows = list(csv.reader(file))[1:]
    times = {row[0]: float(row[1]) for row in rows}
    return Turn(_number(done.stdout, "Requests per second"), times["10"], times["50"])


def _number(text: str, label: str) -> float:
    found = re.search(rf"^{label}:\s+([\d.]+)", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"ab did not say {label!r}:\n{text}")
    return float(found[1])


def _by_threads(url: str, concurrency: int, keep: bool, count: int, duration: int) -> Turn:
    parts = urlsplit(url)
    headers = {} if keep else {"Connection": "close"}
    times: list[float] = []
    failures: list[BaseException] = []
    begun = time.perf_counter()

    def visit() -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
        try:
            while len(times) < count if count else time.perf_counter() - begun < duration:
                started = time.perf_counter()
                connection.request("GET", parts.path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{url} answered {answer.status}")
                times.append(time.perf_counter() - started)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=visit) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    took = time.perf_counter() - begun
    times.sort()
    return Turn(len(times) / took, times[len(times) // 10] * 1000, times[len(times) // 2] * 1000)
