"""./chapbook inbox: a link that opens the inbox in a browser, once."""
from __future__ import annotations

import importlib
import os
from typing import Any

import click

from chapbook import config, db
from chapbook.config import Config
from chapbook.errors import ConfigError

from .site import prepare

HERE = "http://127.0.0.1:8000"            # where ./chapbook serve is


@click.command()
@click.option("--url", metavar="ADDRESS", default="",
              help="The address of the site, where it is not the base_url of site.ini.")
@click.option("--lock", is_flag=True,
              help="Sign everybody out of the inbox and spoil every link, instead.")
def inbox(url: str, lock: bool) -> None:
    """Print a link that opens the inbox: what forms have received, and the guestbook's new entries.

    The link works once and for 15 minutes; the browser then stays signed in for two hours after its
    last visit, twelve at most. Who has the link has the inbox: do not send it on. Without --url it
    begins with the base_url of site.ini, or http://127.0.0.1:8000 while that is empty.
    """
    site = config.current()
    start = _start(url, site)
    doorkeys = _doorkeys(site)
    prepare(site)
    with db.connect(site) as database:
        if lock:
            ended = database.transact(doorkeys.lock, database)
            click.echo(f"The inbox is locked. Sessions that were open: {ended}.")
            return
        key = database.transact(doorkeys.make, database)
    click.echo(f"{start}/owner/door?key={key}")
    click.echo("Open it in a browser within 15 minutes. It works once.", err=True)


def _start(url: str, site: Config) -> str:
    """The address that the link begins with; ClickException where it is none."""
    if not url:
        return str(site.site.base_url or HERE)
    try:
        return str(config.load(None, {"site": {"base_url": url.rstrip("/")}}).site.base_url)
    except ConfigError as error:
        raise click.ClickException(
            f"--url {url} is no address of a site: write it like https://example.org or "
            "http://127.0.0.1:8080."
        ) from error


def _doorkeys(site: Config) -> Any:
    # By name and only if it is there: the toolkit knows nothing of what the site has.
    if not os.path.exists(site.path("lib", "collection", "doorkeys.py")):
        raise click.ClickException(
            "This site has no inbox: lib/collection/doorkeys.py and cgi-bin/owner/ belong to it."
        )
    return importlib.import_module("collection.doorkeys")
