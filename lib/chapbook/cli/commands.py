"""The commands of ./chapbook under one name, and what they say when something is amiss."""
from __future__ import annotations

import os
from typing import Any

import click

from chapbook.errors import ConfigError, HTTPError

from . import (
    backup, check, cron, doctor, install, migrate, new, pack, permissions, port, serve, upgrade,
    user,
)


class Commands(click.Group):
    """A group whose help is help.txt, which ./chapbook prints before anything is installed."""

    def get_help(self, ctx: click.Context) -> str:
        path = os.path.join(os.path.dirname(__file__), "help.txt")
        with open(path, encoding="utf-8") as file:
            return file.read().rstrip()

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the owner can put right is a sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except HTTPError as error:
            raise click.ClickException(error.detail or str(error)) from error


# -h too, or check would hand it on to pytest, which has a long help of its own.
@click.group(cls=Commands, no_args_is_help=True,
             context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Turn a folder of Python scripts into a website."""


for _command in (serve.serve, new.new, install.install, migrate.migrate, user.user,
                 permissions.permissions, port.port, cron.cron, doctor.doctor, pack.pack,
                 backup.backup, backup.restore, upgrade.upgrade, check.check):
    commands.add_command(_command)


def main() -> None:
    """Run the command named in sys.argv."""
    # The start script set it to be found; what is started from here must not lean on it.
    os.environ.pop("PYTHONPATH", None)
    commands(prog_name="./chapbook")
