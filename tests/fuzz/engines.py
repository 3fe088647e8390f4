"""What makes the inputs: hypothesis anywhere, and atheris, which sees the code it runs through."""
from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.table import SEPARATOR, Target

LONGEST = 20_000                         # bytes of an input
AT_ONCE = 200                            # inputs between two looks at the clock


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Inputs of a target: its seeds cut, joined and spoilt, its words in any order, any bytes."""
    word = st.one_of(st.sampled_from([*target.words, SEPARATOR]), st.binary(max_size=6),
                     st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass")))
    words = st.lists(word, max_size=30).map(b"".join)

    def spoilt(data: bytes) -> st.SearchStrategy[bytes]:
        places = st.integers(0, len(data))
        return st.tuples(places, places, words).map(
            lambda cut: data[:min(cut[:2])] + cut[2] + data[max(cut[:2]):])

    begun = st.sampled_from(target.seeds)
    return st.one_of(begun, words, begun.flatmap(spoilt), begun.flatmap(spoilt).flatmap(spoilt))


def some(target: Target, count: int, number: int | None = None) -> None:
    """So many inputs; the same ones each time unless they have a number of their own."""
    def check(data: bytes) -> None:
        target.run(data[:LONGEST])

    held = given(inputs(target))(check)
    if number is not None:
        held = seed(number)(held)
    settings(max_examples=count, derandomize=number is None, database=None, deadline=None,
             phases=[Phase.explicit, Phase.generate, Phase.shrink],
             suppress_health_check=list(HealthCheck))(held)()


def by_hypothesis(target: Target, seconds: float) -> int:
    """Inputs for so long; how many."""
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        some(target, AT_ONCE, int.from_bytes(os.urandom(6), "big"))
        done += AT_ONCE
    return done


def by_atheris(target: Target, seconds: float, corpus: Path) -> None:
    """Inputs for so long, led by what they reach; what was found is kept in `corpus`.

    The process ends with it, by 0 if nothing was found. The modules must have been imported inside
    of atheris.instrument_imports().
    """
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds):
        (corpus / f"seed{number}").write_bytes(data)
    words = corpus.with_suffix(".words")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in (*target.words, SEPARATOR)))
    atheris.Setup(
        [sys.argv[0], str(corpus), f"-max_total_time={max(1, int(seconds))}", f"-dict={words}",
         f"-max_len={LONGEST}", f"-artifact_prefix={corpus}-", "-verbosity=0", "-timeout=10"],
        lambda data: target.run(data))
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)
