"""What the servers' error numbers mean for a page, and what the owner of the site can do."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

WRITE_OUTSIDE = (
    "writes belong in a transaction. Write `with db.transaction():` around them, or do them in the "
    "handler of a POST."
)

NO_TABLE = (
    "Is the name right in the statement below? If a file in lib/collection/schema/ makes it, run "
    "./chapbook migrate."
)

TAKES_LONG = "it was stopped by [database] statement_timeout; give it an index or a LIMIT."

UNIQUE = frozenset({1062, 1586})

# The server undid the transaction, or must be asked to: it may be run again as a whole. 1020 comes
# from MariaDB's snapshot isolation, 1047 from a Galera node that is not ready.
BUSY = frozenset({1020, 1047, 1205, 1213})

TOO_LONG = frozenset({1969, 3024})

# The connection is gone, or about to be: shut down, killed, out of step, idle for too long.
ENDED = frozenset({0, 1053, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 2014, 2055, 4031})

STATEMENT = {
    1054: "Check the name; text goes between 'single quotes', double quotes are for names.",
    1142:
        "Grant the database user the rights to the tables: SELECT, INSERT, UPDATE, DELETE; CREATE, "
        "ALTER, INDEX, DROP and REFERENCES too for ./chapbook migrate.",
    1143: "Grant the database user the rights to this column.",
    1146: NO_TABLE,
    1153: "The value is larger than the server's max_allowed_packet.",
    1370: "Grant the database user the right to run this routine (EXECUTE).",
    1406: "The text is longer than its column: limit it in the form, with maxlength.",
}

_FULL = (
    "It has as many connections as it allows: run fewer processes or threads, or ask the host for "
    "more."
)
_READ_ONLY = "It takes no writes now, being a replica or under maintenance: ask the host, or wait."
_EXPIRED = "The password has expired: set a new one with ALTER USER, and write it to site.ini."
_LOCKED = "The account is locked: have it unlocked with ALTER USER."
_PLUGIN = "PyMySQL does not know this account's kind of password: have mysql_native_password set."

# By error number, by the name of the OSError under a failed connect, and by the package that
# PyMySQL missed.
CONNECTION: Mapping[object, str] = {
    "ConnectionRefusedError":
        "Nothing listens there: start the server, or correct host, port or socket in site.ini.",
    "FileNotFoundError":
        "There is no such socket: start the server, or correct socket in site.ini (the host's "
        "control panel names it).",
    "PermissionError":
        "This user may not open the socket: change the rights of its folder, or use host and port.",
    "TimeoutError":
        "No answer within [database] connect_timeout: is it running, is a firewall between?",
    "gaierror": "No machine has that name: correct host in site.ini.",
    "SSLError": "The TLS handshake failed: set tls = off if the way to the server is private.",
    "cryptography":
        "It wants the password encrypted: pip install cryptography, or set tls = required, or "
        "connect through its socket.",
    "ed25519": "The account uses ed25519: pip install pynacl, or have mysql_native_password set.",
    1040: _FULL,
    1044: "The user may not use this database: correct name in site.ini, or grant it the rights.",
    1045:
        "User or password is wrong, or the user may not come from this machine: correct user and "
        "password in site.ini.",
    1049:
        "There is no such database: correct name in site.ini (shared hosts put a prefix before "
        "it), or create it.",
    1129: "It has blocked this machine after too many failures: have FLUSH HOSTS run.",
    1130:
        "It lets nobody in from this machine: allow the address in the host's control panel, or "
        "use host = localhost.",
    1203: _FULL,
    1226: _FULL,
    1251: _PLUGIN,
    1290: _READ_ONLY,
    1317: "Somebody stopped the statement (KILL QUERY), or the server is shutting down.",
    1698:
        "This account is only for the system user of that name: make a database user with a "
        "password for the site.",
    1820: _EXPIRED,
    1836: _READ_ONLY,
    1862: _EXPIRED,
    2013: "It hung up or was silent for [database] connect_timeout: is it starting, or overloaded?",
    2026: "It offers no TLS: set tls = auto, or have TLS switched on.",
    2059: _PLUGIN,
    3118: _LOCKED,
    3159: "It insists on TLS: set tls = required in site.ini.",
    4151: _LOCKED,
}
