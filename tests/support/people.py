"""People with accounts, signed in without a password: their sessions are put into the database."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chapbook.accounts import accounts
from chapbook.accounts.events import SHELL
from chapbook.config import Config
from chapbook.db import Row, connect
from chapbook.session import rows
from chapbook.testing import Client

C = TypeVar("C", bound=Client)

PASSWORD = "four brown bears 7"


class People:
    """`people.editor` is a client that an editor is signed in with; `.nobody` one of a stranger.

    `make` is what makes a client, from a configuration whose database has its tables.
    """

    def __init__(self, make: Callable[[], C], config: Config) -> None:
        self._make, self.config = make, config
        self._known: dict[str, tuple[C, int]] = {}

    @property
    def nobody(self) -> C:
        """A visitor who is not signed in; another one each time."""
        return self._make()

    @property
    def member(self) -> C:
        """A member, the same each time."""
        return self.client("member")

    @property
    def editor(self) -> C:
        """An editor, the same each time."""
        return self.client("editor")

    @property
    def administrator(self) -> C:
        """An administrator, the same each time."""
        return self.client("administrator")

    def client(self, role: str, name: str = "") -> C:
        """Somebody with a role, the same for the same name."""
        key = name or role
        if key not in self._known:
            id = self.add(role, name)
            client = self._make()
            sign_in(client, id)
            self._known[key] = client, id
        return self._known[key][0]

    def add(self, role: str, name: str = "", password: str | None = None, **more: Any) -> int:
        """A new account that nobody is signed in to; its id. The address is name@example.org."""
        name = name or role
        with connect(self.config) as db:
            return db.transact(accounts.create, db, f"{name}@example.org", name.capitalize(),
                               password, SHELL, role=role, **{"confirmed": True, **more})

    def account(self, name: str) -> Row:
        """The row of somebody's account, as it is now; that of "editor" for people.editor."""
        with connect(self.config) as db:
            row = accounts.find(db, f"{name}@example.org")
        assert row is not None, name
        return row


def sign_in(client: Client, id: int) -> None:
    """Make a client one that this account is signed in with, by a session begun just now."""
    client.cookies[cookie_name(client.config)] = session(client.config, id)


def session(config: Config, id: int) -> str:
    """The token of a session of this account, begun just now."""
    token = rows.new_token()
    with connect(config) as db:
        db.transact(rows.insert, db, token, "{}", id, False, "a test")
    return str(token)


def cookie_name(config: Config) -> str:
    """What the cookie of a session is called where the site is served by this configuration."""
    return "__Host-session" if config.site.base_url.startswith("https:") else "session"
