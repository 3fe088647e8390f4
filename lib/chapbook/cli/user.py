"""./chapbook user: accounts from the shell, where the first administrator comes from."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from chapbook import config, db
from chapbook.accounts import accounts, passwords
from chapbook.accounts.events import SHELL
from chapbook.db import Database, Row
from chapbook.errors import Conflict, Duplicate
from chapbook.filters import made
from chapbook.mail.address import BadAddress

from .site import prepare

PAGE = 500                    # accounts that are read at once

_generate = click.option(
    "--generate", is_flag=True, help="Make a password up and print it, once, instead of asking.")


@click.group()
def user() -> None:
    """Make, list and close accounts; change roles and passwords.

    A new site has no account. The first administrator is made here:

    \b
        ./chapbook user add ann@example.org --role administrator
    """


@user.command()
@click.argument("address")
@click.option("--name", default="", help="The name that others see; without it, what is before @.")
@click.option("--role", type=click.Choice(accounts.ROLES), default="member",
              help="What the account may do.", show_default=True)
@_generate
def add(address: str, name: str, role: str, generate: bool) -> None:
    """Make an account for an e-mail address, which counts as confirmed.

    The password is asked for twice and not shown.
    """
    name = name or address.partition("@")[0]
    with _database() as database:
        if accounts.find(database, address) is not None:
            raise click.ClickException(f"{address} has an account already.")
        password = _password(generate, address, name)
        with _told():
            database.transact(accounts.create, database, address, name, password, SHELL,
                              role=role, confirmed=True)
    click.echo(f"{address} has an account now, as {role}.", err=generate)
    _show(generate, password)


@user.command("list")
def list_() -> None:
    """Print every account: its number, role, state, last time signed in, address and name."""
    with _database() as database:
        zone = database.config.site.timezone
        show = made(zone)["date"]
        count, last = 0, 0
        while rows := accounts.page(database, after=last, most=PAGE):
            for row in rows:
                seen = "never" if row.signed_in_at is None else show(row.signed_in_at)
                factor = "+code" if row.totp_at is not None else ""
                click.echo(f"{row.id:>6}  {row.role:<13} {row.state + factor:<14} {seen:<17} "
                           f"{row.address}  {row.name}")
            count, last = count + len(rows), rows[-1].id
    click.echo(f"Accounts: {count}.", err=True)


@user.command()
@click.argument("address")
@click.argument("role", type=click.Choice(accounts.ROLES))
def role(address: str, role: str) -> None:
    """Give an account another role. Whoever is signed in with it has to sign in again."""
    with _database() as database, _told():
        account = _account(database, address)
        database.transact(accounts.set_role, database, account.id, role, SHELL)
    click.echo(f"{account.address} is {role} now.")


@user.command()
@click.argument("address")
@_generate
@click.option("--no-second-factor", is_flag=True,
              help="Switch the second factor off too, for somebody who has lost it.")
def password(address: str, generate: bool, no_second_factor: bool) -> None:
    """Give an account a new password. Whoever is signed in with it has to sign in again."""
    with _database() as database:
        account = _account(database, address)
        new = _password(generate, account.address, account.name)
        with _told():
            database.transact(_set_password, database, account.id, new, no_second_factor)
    click.echo(f"{account.address} has a new password.", err=generate)
    _show(generate, new)


@user.command()
@click.argument("address")
@click.option("--undo", is_flag=True, help="Open an account that was closed.")
def disable(address: str, undo: bool) -> None:
    """Close an account: nobody signs in to it any more. Nothing of it is deleted."""
    with _database() as database, _told():
        account = _account(database, address)
        change = accounts.enable if undo else accounts.disable
        database.transact(change, database, account.id, SHELL)
    click.echo(f"{account.address} is {'open' if undo else 'closed'} now.")


def _set_password(database: Database, id: int, new: str, no_second_factor: bool) -> None:
    accounts.change_password(database, id, new, SHELL)
    if no_second_factor:
        accounts.second_factor_off(database, id, SHELL)


@contextmanager
def _database() -> Iterator[Database]:
    """The site's database, made or brought up to date first."""
    site = config.current()
    prepare(site)
    with db.connect(site) as database:
        yield database


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be done as a sentence; a fault of the database stays one."""
    try:
        yield
    except Duplicate as error:
        raise click.ClickException("That address has an account already.") from error
    except Conflict as error:
        raise click.ClickException(error.sentence) from error
    except (BadAddress, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _account(database: Database, address: str) -> Row:
    found = accounts.find(database, address)
    if found is None:
        raise click.ClickException(
            f"{address} has no account. ./chapbook user list shows those that there are.")
    return found


def _password(generate: bool, address: str, name: str) -> str:
    """A new password, made up or asked for until it is one that is taken."""
    if generate:
        return passwords.generated()
    if not _is_terminal():
        raise click.ClickException(
            "There is no terminal to type a password at: use --generate, which prints one.")
    while True:
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        fault = passwords.fault(typed, address=address, name=name)
        if fault is None:
            return typed
        click.echo(fault, err=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _show(generate: bool, password: str) -> None:
    if generate:
        click.echo(password)
        click.echo("That is the password. It is shown this once, and kept nowhere.", err=True)
