"""A site made ready to be served: its var/, its database, and a first impression."""
from __future__ import annotations

import importlib
import importlib.util
import os

import click

from chapbook import db, filters, schema
from chapbook.accounts import accounts
from chapbook.config import Config


def prepare(config: Config, *, demonstration: bool = False) -> list[str]:
    """The schema steps that were applied, each of them told; makes var/ too where it is missing.

    With `demonstration`, a database that was made just now gets the content of collection.demo.
    """
    filters.made(config.site.timezone)        # pages would say that there is no such zone
    os.makedirs(config.path(config.paths.var), mode=0o700, exist_ok=True)
    database = db.connect(config)
    try:
        applied = schema.bring_up(database, config)
        for step in applied:
            click.echo(f"Database: {step} applied.")
        if demonstration and applied:
            _demonstrate(config, database)
    finally:
        database.close()
    return applied


def has_accounts(config: Config) -> bool:
    """Whether anybody could sign in."""
    with db.connect(config) as database:
        return bool(accounts.page(database, most=1))


def _demonstrate(config: Config, database: db.Database) -> None:
    # By name and only if it is there: the toolkit knows nothing of what the site has to show.
    if not os.path.exists(config.path("lib", "collection", "demo.py")):
        return
    said = importlib.import_module("collection.demo").load(database)
    if said:
        click.echo(f"Database: {said}")
