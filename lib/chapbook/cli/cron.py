"""./chapbook cron: what is to be done once a minute: mail, and the collection's own chores."""
from __future__ import annotations

import importlib
import os
import sys

import click

from chapbook import config, db, mail
from chapbook.backup import restoring
from chapbook.config import Config

SECONDS = 50                  # after so many no mail is begun: the next cron is about to come
MOST = 500                    # mails


@click.command()
@click.option("--again", is_flag=True,
              help="Try the mails that have failed for good once more, from the start.")
@click.option("-v", "--verbose", is_flag=True,
              help="Say what was done, as it does when you start it by hand.")
def cron(again: bool, verbose: bool) -> None:
    """Send the mails that wait, and tidy up. For the cron of your host, once a minute:

    \b
        * * * * * /home/me/site/chapbook cron

    It says nothing unless something is wrong with the site; mails that could not be sent are in
    the log and in the outbox, and are tried again by themselves for as long as [mail] give_up says.
    Any number of these may run at once.
    """
    verbose = verbose or sys.stdout.isatty()
    site = config.current()
    recovered = restoring.recover(site)
    if os.path.exists(site.path("var", "maintenance")):
        if verbose:
            click.echo("The site is closed at this moment: nothing was done.")
        return
    with db.connect(site) as database:
        database.transact(mail.note_cron, database)
        if again:
            count = database.transact(mail.retry, database)
            click.echo(f"Mails that had failed, to be tried again: {count}.")
        counts = mail.work(site, seconds=SECONDS, most=MOST)
        done = _chores(site, database)
    if recovered:
        click.echo(recovered)
    if verbose:
        click.echo(f"Mails: {counts.sent} sent, {counts.later} to be tried again, "
                   f"{counts.failed} failed for good.")
        if counts.later or counts.failed:
            click.echo(f"Why is in {site.path(site.paths.log, 'chapbook.log')}.")
        if done:
            click.echo(done)


def _chores(site: Config, database: db.Database) -> str:
    """Let the collection do what is due, if it has something to do; what it says about it."""
    # By name and only if it is there: the toolkit knows nothing of what the site keeps.
    if not os.path.exists(site.path("lib", "collection", "chores.py")):
        return ""
    said = importlib.import_module("collection.chores").run(database, site)
    return str(said or "")
