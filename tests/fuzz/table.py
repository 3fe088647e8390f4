"""What a fuzz target is: a function of bytes that raises nothing unless something is wrong."""
from __future__ import annotations

import gc
import time
from collections.abc import Callable

SEPARATOR = b"\x1e"              # between the parts of an input, where there are several
LEAST = 0.005                    # seconds, below which there is more noise than growth


class Target:
    """A reader under test: `run` one input; `seeds` and `words` to make others from."""

    def __init__(
        self, run: Callable[[bytes], object], seeds: tuple[bytes, ...], words: tuple[bytes, ...],
        size: int,
    ) -> None:
        self.run, self.seeds, self.words, self.size = run, seeds, words, size
        self.name = run.__name__

    def grows_too_fast(self) -> str:
        """The input of which four times as much takes far more than four times as long, or ""."""
        for seed in (*self.seeds, *self.words):
            if seed and not self._grows_well(seed):
                return repr(seed)
        return ""

    def _grows_well(self, seed: bytes) -> bool:
        for _ in range(4):                        # what grows with the square fails every time
            short = self._time(seed * (self.size // len(seed) + 1))
            if self._time(seed * (4 * self.size // len(seed) + 1)) <= 6 * max(short, LEAST):
                return True
        return False

    def _time(self, data: bytes) -> float:
        took = []
        gc.disable()                              # what this process holds besides must not count
        try:
            for _ in range(2):
                begun = time.process_time()
                self.run(data)
                took.append(time.process_time() - begun)
        finally:
            gc.enable()
        return min(took)


ALL: dict[str, Target] = {}


def target(
    *seeds: bytes, words: tuple[bytes, ...] = (), size: int = 16_384
) -> Callable[[Callable[[bytes], object]], Callable[[bytes], object]]:
    """Decorator: puts a function into the table; `size` is that of the shorter long input."""
    def put(run: Callable[[bytes], object]) -> Callable[[bytes], object]:
        ALL[run.__name__] = Target(run, seeds, words, size)
        return run
    return put


def parts(data: bytes, count: int) -> list[bytes]:
    """An input cut at its separators into so many parts; the last ones are empty where none is."""
    found = data.split(SEPARATOR, count - 1)
    return found + [b""] * (count - len(found))


def texts(data: bytes, count: int) -> list[str]:
    """The same as text, which may hold anything but half characters."""
    return [part.decode("utf-8", "replace") for part in parts(data, count)]
