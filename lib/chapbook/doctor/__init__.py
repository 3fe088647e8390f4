"""The doctor: what is wrong with this installation, and what to do about it, in plain words.

    for finding in doctor.quick(request.config, request.db):
        ...finding.severity, finding.sentence, finding.remedy

`examine` looks at everything; with `deploy` it demands what a public site needs, and asks the
running site. Nothing is changed but for two files that are there while the site is asked for them.
"""
from __future__ import annotations

from .findings import AMBER, RED, SEVERITIES, Finding, gathered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..db import Database

__all__ = ["AMBER", "RED", "SEVERITIES", "Finding", "examine", "gathered", "quick"]


def quick(config: Config, db: Database) -> list[Finding]:
    """What can be found in milliseconds, without the network: for a page of administrators.

    The red ones come first. It reads settings, the modes of files, and a few rows; it writes
    nothing and raises nothing for what is wrong with the site, but Unavailable where the database
    is away.
    """
    from .place import Place

    place = Place(config.root, config, db)
    return gathered((), place)
