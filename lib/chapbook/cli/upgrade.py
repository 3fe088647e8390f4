"""./chapbook upgrade: another release in the place of this one, or the one before again."""
from __future__ import annotations

import os
import subprocess
import sys

import click

from chapbook import closed, config, filters
from chapbook.config import Config
from chapbook.upgrade import moves, steps
from chapbook.upgrade.release import Refused, Release, edited, installed, objections

SAYS = {
    "edited": "was edited here", "deleted": "was deleted here",
    "own": "is a file of yours, and the release has one of that name",
    "kept": "was edited here, and the release has it no more",
}


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--roll-back", is_flag=True, help="Go back to the release before the last upgrade.")
@click.option("--replace", multiple=True, metavar="NAME",
              help="Let the new version take the place of this file, though it was edited here; "
                   "yours is kept as NAME.mine. May be given more than once.")
@click.option("--no-backup", is_flag=True, help="Make no backup first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def upgrade(
    file: str | None, roll_back: bool, replace: tuple[str, ...], no_backup: bool, yes: bool,
) -> None:
    """Bring this site to the release in FILE, a zip that ./chapbook pack --since has made.

    The zip is checked first, and nothing is changed unless it fits. Then the site is closed for
    some seconds (every page answers 503), a backup is made, the files are put in their places, the
    tables are brought up to date, and the new release is tried. If it does not work, the files of
    before come back by themselves. Files that you have edited stay, and the new ones are put beside
    them as NAME.new.
    """
    site = config.current()
    try:
        if roll_back:
            if file is not None:
                raise click.UsageError("--roll-back needs no FILE.")
            if moves.state(site.root) in ("", "undone"):
                raise Refused(steps.NO_WAY_BACK)
            if not yes:
                click.confirm("The files of the release before come back. The tables stay as they "
                              "are: that release works with them. Go on?", abort=True)
            steps.take_back(site)
        elif file is None:
            raise click.UsageError("Which zip? Name the FILE that ./chapbook pack --since made.")
        else:
            _begin(site, os.path.abspath(file), replace, not no_backup, yes)
        _drive(site)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    ended = moves.state(site.root)
    if roll_back and ended == "undone":
        click.echo("The release before is back.")
    elif ended == "done":
        version, release = moves.read(site.root, "plan.json")["to"]
        click.echo(f"Done: the site is of version {version} now ({release}).")
    else:
        raise click.ClickException(
            f"The upgrade was taken back, and the site is as before. {steps.why(site)}")


def _begin(
    site: Config, path: str, replace: tuple[str, ...], backup: bool, yes: bool,
) -> None:
    """Say what the release would change, ask, and begin."""
    has = installed(site.root)
    with Release(path) as release:
        against = objections(release, has, site)
        if against:
            raise Refused(" ".join(against))
        new, edits = release.manifest, edited(release, has, site)
        click.echo(f"From {has.version} ({has.release}) to {new.version} ({new.release}): "
                   f"{len(release.changed)} files, {filters.size(release.bytes)}; "
                   f"{len(release.removed)} removed.")
    unknown = set(replace) - {edit.name for edit in edits}
    if unknown:
        raise click.UsageError(f"{min(unknown)} was not edited here, or the release does not "
                               "change it.")
    for edit in edits:
        taken = edit.core or edit.name in replace
        click.echo(f"  {edit.name} {SAYS[edit.kind]}: " + (
            "the new one takes its place" if taken else "it stays as it is"))
    if not yes:
        click.confirm("The site is closed for some seconds. Go on?", abort=True)
    steps.begin(site, path, replace, [edit.name for edit in edits], backup)


def _drive(site: Config) -> None:
    """Take all steps: the files here, and the rest in a process that has read none of the old."""
    steps.drive(site, "placed")
    if moves.state(site.root) in ("placed", "migrating"):
        lib = os.path.join(site.root, "lib")
        ran = subprocess.run([sys.executable, "-P", "-c", (
            f"import sys; sys.path.insert(0, {lib!r})\n"
            "from chapbook import config\nfrom chapbook.upgrade import steps\n"
            "steps.drive(config.current())")], stdin=subprocess.DEVNULL)
        if ran.returncode:
            closed.failed(site.root, RuntimeError("its modules cannot be loaded, see above"))
