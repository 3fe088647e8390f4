"""The database, of either kind: there, up to date, and asked only then what is in it."""
from __future__ import annotations

import os

from .. import schema
from ..db import connect
from ..errors import ConfigError, HTTPError
from . import mysql, people, sqlite
from .findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..db import Database
    from .place import Place

ENGINES = {"mysql": mysql.CHECKS, "sqlite": sqlite.CHECKS}
THOROUGH = {"mysql": (), "sqlite": sqlite.THOROUGH}
BY_CRON = "./chapbook migrate    (where there is no shell, once as a cron job of the host)"


def quick(place: Place) -> Iterator[Finding]:
    """What an open database tells quickly."""
    yield from _examined(place, place.db, thorough=False, deployed=True)


def whole(place: Place) -> Iterator[Finding]:
    """What a database tells that nobody comes to yet: nothing about accounts, mail and cron."""
    yield from _opened(place, deployed=False)


def deployed(place: Place) -> Iterator[Finding]:
    """All that a database tells."""
    yield from _opened(place, deployed=True)


def refused(error: HTTPError) -> Finding:
    """Why a database could not be opened, as a finding of its own where the reason is known."""
    why = mysql.refused(error)
    if why is not None:
        return why
    return Finding(
        "database-unreachable",
        f"The database does not answer. {error.detail}",
        "Correct [database] in site.ini as the sentence above says.")


def _opened(place: Place, deployed: bool) -> Iterator[Finding]:
    if place.problem is not None:
        return                                    # nobody knows which database it is
    if place.db is not None:
        yield from _examined(place, place.db, True, deployed)
        return
    settings = place.config.database
    if settings.engine == "sqlite" and not os.path.exists(place.config.path(settings.file)):
        yield Finding(                            # to look into it would make it
            "migrations-pending", "There is no database yet.",
            BY_CRON if os.path.exists(place.settings_file) else
            "Open /install at the site's address, which sets it up; or in a shell: "
            "./chapbook migrate")
        return
    with connect(place.config) as db:
        place.db = db
        try:
            yield from _examined(place, db, True, deployed)
        finally:
            place.db = None


def _examined(
    place: Place, db: Database | None, thorough: bool, deployed: bool
) -> Iterator[Finding]:
    assert db is not None
    try:
        db.value("SELECT 1")
    except HTTPError as error:
        yield refused(error)
        return
    try:
        waiting = [*schema.pending(db, schema.TABLES),
                   *schema.pending(db, place.config.path("lib", "collection", "schema"))]
    except (ConfigError, OSError) as error:
        yield Finding(
            "database-files",
            f"The files that describe the tables are not those that the tables were made by: "
            f"{error}",
            "Upload lib/chapbook/tables/ and lib/collection/schema/ anew, whole.")
        return
    if waiting:
        yield Finding(
            "migrations-pending",
            f"The tables are not those of this version of the site. Still to be done: "
            f"{', '.join(waiting)}.", BY_CRON)
        return
    checks = ENGINES[db.engine] + (THOROUGH[db.engine] if thorough else ())
    for check in checks + (people.DEPLOYED if deployed else ()):
        try:
            yield from check(place)
        except HTTPError as error:
            yield Finding(
                "database-unreachable",
                f"The database answers, but not to what the doctor asks. {error.detail}",
                "Follow the sentence above; ./chapbook migrate mends missing tables.")
            return
