"""./chapbook migrate: the database, brought up to date."""
from __future__ import annotations

import click

from chapbook import config

from .site import prepare


@click.command()
def migrate() -> None:
    """Bring the database up to date with lib/collection/schema/.

    Each numbered file there is applied once, in order and under a lock, so running this twice
    or on two machines at once is safe. The database is the one that site.ini names, else the
    SQLite file var/site.sqlite.
    """
    if not prepare(config.current()):
        click.echo("Nothing to do: the database is up to date.")
