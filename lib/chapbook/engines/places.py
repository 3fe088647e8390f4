"""Where a MySQL server may be: known before PyMySQL is imported, which hangs on it."""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SOCKETS = (
    "/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/tmp/mysql.sock",
    "/var/lib/mysql/mysql.sock",
)


def places(settings: Any) -> list[dict[str, Any]]:
    """Where to connect, in order: the socket given; for localhost the usual sockets, then TCP."""
    if settings.socket:
        return [{"unix_socket": settings.socket}]
    if settings.host != "localhost":
        return [{"host": settings.host, "port": settings.port}]
    # A port of one's own means a server of one's own, not the one behind the system's socket.
    usual = SOCKETS if settings.port == 3306 else ()
    found = [{"unix_socket": path} for path in usual if os.path.exists(path)]
    return [*found, {"host": "127.0.0.1", "port": settings.port}]
