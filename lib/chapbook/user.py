"""Who is signed in: the account of a session, as pages see it."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .db import Database

# From the least to the most: who has one may all that those before it may.
ROLES = ("member", "editor", "administrator")


class User:
    """The account that is signed in: `id`, `name`, `address`, `role`, `timezone`, `picture`.

    `timezone` is an IANA name, or "" for that of the site; `picture` the name of a file, or "".
    """

    __slots__ = ("id", "name", "address", "role", "timezone", "picture")

    def __init__(
        self, id: int, name: str, address: str, role: str, timezone: str = "", picture: str = "",
    ) -> None:
        self.id, self.name, self.address, self.role = id, name, address, role
        self.timezone, self.picture = timezone, picture

    def may(self, role: str) -> bool:
        """Whether they have this role or one above it; ValueError for a role that there is not."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def __repr__(self) -> str:
        return f"<User {self.id}, {self.role}>"


def found(db: Database, account_id: int | None) -> User | None:
    """The user of an account; None for nobody, and where the account is gone or not active."""
    if account_id is None:
        return None
    row = db.one("SELECT id, name, address, role, timezone, picture FROM account"
                 " WHERE id = :id AND state = 'active'", id=account_id)
    return None if row is None else User(**row)
