"""./chapbook backup and ./chapbook restore: all of the site in one file, and back."""
from __future__ import annotations

import os
import time
from collections.abc import Callable

import click

from chapbook import config, db, filters, schema
from chapbook.accounts import events
from chapbook.archive import BadArchive
from chapbook.backup import making, restoring, work
from chapbook.config import Config

OWN = "backup-"               # what names begin with that Chapbook gives


@click.command()
@click.argument("file", required=False)
@click.option("--keep", type=click.IntRange(1), metavar="N",
              help="Delete all but the newest N backups in var/backups/ afterwards.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something goes wrong.")
def backup(file: str | None, keep: int | None, quiet: bool) -> None:
    """Make a backup: the database, the uploads and site.ini in one FILE.

    Without FILE it goes into var/backups/ and is named by the date. It can be made while
    the site runs, and restored into SQLite, MySQL and MariaDB, whichever it comes from. It
    holds what the database holds, password hashes and addresses too: keep it where nobody
    else can read it, and not on this machine alone.

    For the cron of your host, every night:

    \b
        10 3 * * * /home/me/site/chapbook backup --quiet --keep 14
    """
    site = config.current()
    say = _silent if quiet else click.echo
    _recover(site, say)
    if file is not None and os.path.exists(file):
        raise click.ClickException(f"{file} is there already. Name another file, or remove it.")
    path = making.make(site, say)
    with db.connect(site) as database:
        database.transact(events.note, database, "backup made", "done", events.SHELL, None,
                          os.path.basename(path))
    if file is not None:
        making.moved(path, os.path.abspath(file))
        path = file
    say(f"Backup: {path} ({filters.size(os.path.getsize(path))}).")
    if keep is not None:
        old = [one for one in work.kept(site) if one.name.startswith(OWN)][keep:]
        for one in old:
            os.unlink(os.path.join(work.folder(site), one.name))
        if old:
            say(f"Older backups, deleted: {len(old)}.")


@click.command()
@click.argument("file")
@click.option("--settings", is_flag=True,
              help="Take the settings of the backup too, but for those of the place: the database, "
                   "the folders, the address.")
@click.option("--no-backup", is_flag=True, help="Make no backup of what is there before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: str, settings: bool, no_backup: bool, yes: bool) -> None:
    """Put the site back to what the backup FILE holds: rows, uploads, with --settings those too.

    What is there now is replaced; a backup of it is made first. A file that is damaged, or
    was changed, or does not fit this site is refused as a whole, and nothing is changed. For
    the moment in which rows and files are changed the site is closed. Everybody has to sign
    in again. A backup of an earlier release is brought up to this one.

    FILE is a path, or the name of a file in var/backups/.
    """
    site = config.current()
    _recover(site, click.echo)
    path = file if os.path.exists(file) else work.path_of(site, file)
    if path is None:
        raise click.ClickException(
            f"There is no file {file}, neither here nor in {work.folder(site)}.")
    try:
        restoring.look(site, path)
    except BadArchive as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    if not yes:
        click.confirm("All that is on this site now, accounts, entries and uploads, is replaced "
                      f"by what {file} holds. Go on?", abort=True)
    try:
        if not no_backup and _has_tables(site):
            click.echo(f"First a backup of what is there: {making.make(site)}")
        begun = time.monotonic()
        notes = restoring.restore(site, path, settings=settings, tell=click.echo)
    except BadArchive as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    for note in notes:
        click.echo(note)
    click.echo(f"Restored in {time.monotonic() - begun:.0f} s. Everybody has to sign in again.")


def _has_tables(site: Config) -> bool:
    with db.connect(site) as database:
        return bool(schema.applied(database))


def _recover(site: Config, say: Callable[[str], object]) -> None:
    """Finish or undo what was interrupted, and say so: two are never under way at once."""
    done = restoring.recover(site)
    if done:
        say(done)


def _silent(text: str) -> None:
    pass
