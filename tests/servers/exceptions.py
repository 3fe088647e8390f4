"""Cells of the contract that cannot hold: what a server itself does, out of our reach.

Each is tried all the same, and fails the tests on the day that it holds. A case is the name of a
test, or a name with its parameters; docs/hosting/matrix.md shows the reasons.
"""
from __future__ import annotations

EXCEPTIONS: dict[tuple[str, str], str] = {}
