"""Threads for tests: started together, joined for sure, their errors raised in the test."""
from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(*works: Callable[[], T]) -> list[T]:
    """What the works give, each run in a thread of its own at the same time, in their order."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(work) for work in works]]


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Return as soon as the condition is true; fail after so many seconds."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"still not so after {seconds:g} seconds")
        time.sleep(0.01)
