"""A whole site as one WSGI application, for servers that only pass requests on."""
from __future__ import annotations

import os

from .. import config
from .address import Address
from .static import Static

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .run import WSGI


def whole(dispatch: WSGI, root: str, mails: bool = False) -> WSGI:
    """Static files, then scripts; with `mails` also what the site has sent into a folder."""
    if mails:
        from .mailbox import Mailbox

        dispatch = Mailbox(dispatch)
    return Address(Static(_public(root), dispatch))


def _public(root: str) -> str:
    """The folder of static files; where the settings cannot be read, the usual one."""
    try:
        settings = config.current()
        if settings.root == os.path.realpath(root):
            return str(settings.htdocs)
    except Exception:                             # each page says what is wrong with them
        pass
    return os.path.join(root, "htdocs")
