"""The file of common passwords, made anew: `.venv/bin/python -m tests.support.common`.

It comes from the list of the package zxcvbn, of which the passwords of 8 characters and more are
wanted: shorter ones are refused for being short.
"""
from __future__ import annotations

from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from chapbook.accounts import passwords


def most_common(count: int) -> list[str]:
    """So many passwords, the most common one first."""
    return [str(text) for text in FREQUENCY_LISTS["passwords"]][:count]


def content() -> bytes:
    """What the file must have in it."""
    long = [text for text in most_common(30_000) if len(text) >= passwords.LEAST]
    return b"".join(sorted({passwords.common_hash(text) for text in long}))


if __name__ == "__main__":
    Path(passwords.COMMON).write_bytes(content())
