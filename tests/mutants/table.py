"""All mutants, and how some of them are chosen."""
from __future__ import annotations

import random

from . import (
    administration, backups, fastcgi, incoming, installing, oldscripts, outgoing, packing, pages,
    people, stored, upgrades,
)
from .mutant import Mutant

MUTANTS: list[Mutant] = [
    *outgoing.MUTANTS, *incoming.MUTANTS, *people.MUTANTS, *stored.MUTANTS,
    *pages.MUTANTS, *administration.MUTANTS, *backups.MUTANTS, *upgrades.MUTANTS, *packing.MUTANTS,
    *oldscripts.MUTANTS, *installing.MUTANTS, *fastcgi.MUTANTS]


def sample(size: int, seed: str) -> list[Mutant]:
    """So many of them, the same ones for the same seed; another choice each time for ""."""
    return random.Random(seed or None).sample(MUTANTS, min(size, len(MUTANTS)))
