"""MySQL and MariaDB: that they keep what they are given, whole, and let the site do no more."""
from __future__ import annotations

import glob
import re
import time

from .. import schema
from ..engines.mysql import SQL_MODE
from ..errors import ConfigError
from .findings import Finding, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..db import Database
    from .place import Place

LEAST_PACKET = 4 << 20        # bytes
CLOCKS_DIFFER = 60            # seconds

# Why a connection is refused: by error number, by the kind of the system's error, or by the package
# that is missing. Each with what to do; the sentence has the server's own words.
_REFUSED: dict[str, tuple[frozenset[object], str]] = {
    "mysql-socket": (
        frozenset({"FileNotFoundError", "PermissionError"}),
        "Your host's control panel names the server, or the path of its socket: write it below "
        "[database] in site.ini, as host = ... or socket = ... (leave the other one out)."),
    "mysql-host": (
        frozenset({"ConnectionRefusedError", "gaierror", "TimeoutError", 1130, 1129, 2013}),
        "Write the name of the database server below [database] in site.ini: host = ... Your "
        "host's control panel shows it; localhost on most hosts, and a name of its own on some."),
    "mysql-access": (
        frozenset({1045, 1698, 1820, 1862, 3118, 4151}),
        "Set a new password for the database user in the control panel, and write user and "
        "password below [database] in site.ini, just as they are shown there (most hosts put a "
        "prefix before the user). A server that insists on encryption may say the same: then add "
        "tls = required."),
    "mysql-database": (
        frozenset({1044, 1049}),
        "In the control panel, see that the database is there and that the user is added to it "
        "with all rights; then write its whole name, prefix included, below [database] in "
        "site.ini: name = ..."),
    "mysql-plugin": (
        frozenset({"cryptography", "ed25519", 1251, 2059}),
        "Easiest: have the user's password kept in the usual way (ALTER USER ... IDENTIFIED VIA "
        "mysql_native_password, or the same choice in the control panel). Or install the package "
        "that is named above, or upload it in vendor/; or write tls = required below [database]."),
    "mysql-connections": (
        frozenset({1040, 1203, 1226}),
        "Wait a minute, and see that nothing else uses the same database user. Then run fewer "
        "processes of the site, or ask your host for more connections (max_user_connections)."),
    "mysql-tls": (
        frozenset({"SSLError", 2026, 3159}),
        "Write tls = required below [database] in site.ini where the server insists on encryption,"
        " tls = off where it has none and is on this machine."),
}

_SESSION = (
    "SELECT @@SESSION.sql_mode AS modes, @@SESSION.time_zone AS zone,"
    " @@SESSION.character_set_client AS sent, @@SESSION.character_set_connection AS compared,"
    " @@SESSION.character_set_results AS got, @@SESSION.max_allowed_packet AS packet,"
    " UNIX_TIMESTAMP() AS clock"
)
_FLUSH = "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit"
_TABLES = (
    "SELECT table_name AS name, engine AS engine, table_collation AS collation"
    " FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name"
)
_CREATE = re.compile(r"(?i)\bCREATE TABLE (?:IF NOT EXISTS )?[`\"]?(\w+)")


def refused(error: BaseException) -> Finding | None:
    """Why a server of MySQL lets nobody in; None where it is none, or for another reason."""
    cause = error.__cause__
    original = getattr(cause, "original_exception", cause)
    args = getattr(cause, "args", ()) or (0,)
    code: object = args[0]
    if isinstance(original, OSError):
        code = "SSLError" if "ssl" in type(original).__module__ else type(original).__name__
    elif isinstance(cause, RuntimeError):
        code = "ed25519" if "pynacl" in str(cause) else "cryptography"
    for name, (codes, remedy) in _REFUSED.items():
        if code in codes and not isinstance(cause, ConfigError):
            return Finding(name, f"The database does not let the site in. {_said(error)}", remedy)
    return None


def _said(error: BaseException) -> str:
    return str(getattr(error, "detail", "") or error)


def session_is_set_up(place: Place) -> Iterator[Finding]:
    """What each connection asks for is really so: no proxy or setting of the host undoes it."""
    row = _db(place).one(_SESSION)
    assert row is not None
    missing = sorted(set(SQL_MODE.split(",")) - set(str(row.modes).split(",")))
    if missing:
        yield Finding(
            "sql-mode",
            "The database does not keep to the strict rules that the site asks for: it may cut "
            f"what is too long and guess what is wrong. Missing: {', '.join(missing)}.",
            "Ask your host whether a proxy stands before the database that ignores SET sql_mode.")
    if str(row.zone) != "+00:00":
        yield Finding(
            "session-time-zone",
            f"The database counts in the time zone {row.zone}, though the site asks for UTC: times "
            "would be wrong by hours.",
            "Ask your host whether a proxy stands before the database that ignores SET time_zone.")
    if {str(row.sent), str(row.compared), str(row.got)} != {"utf8mb4"}:
        yield Finding(
            "session-charset",
            f"The database does not take every letter: the connection is {row.compared}, not "
            "utf8mb4. Names and emoji would be spoiled.",
            "Ask your host to take out init_connect and skip-character-set-client-handshake.")
    if int(row.packet) < LEAST_PACKET:
        yield Finding(
            "packet-small",
            f"The database refuses whatever is larger than {int(row.packet) >> 10} KB, so a long "
            "text that somebody has written is not stored.",
            "Ask your host for max_allowed_packet = 16M (in my.cnf, below [mysqld]).")
    if abs(int(row.clock) - time.time()) > CLOCKS_DIFFER:
        yield Finding(
            "database-clock",
            f"The clock of the database and that of the web server differ by "
            f"{abs(int(row.clock) - int(time.time()))} seconds. One of them is wrong.",
            "Set the clocks (timedatectl set-ntp true), or tell your host.")


def tables_are_kept(place: Place) -> Iterator[Finding]:
    """The site's own tables know transactions, and tell letters apart exactly.

    Other programs may have tables in the same database, which are none of the doctor's business.
    """
    ours = _made_by_files(place)
    rows = [row for row in _db(place).all(_TABLES) if str(row.name) in ours]
    loose = [str(row.name) for row in rows if str(row.engine).lower() != "innodb"]
    if loose:
        yield Finding(
            "table-engine",
            "These tables cannot undo what was done by half, so a failure at the wrong moment "
            f"leaves them wrong: {named(loose)}.",
            "\n".join(f"ALTER TABLE `{name}` ENGINE=InnoDB;" for name in loose)
            + "    (in phpMyAdmin or the like)")
    blurred = [str(row.name) for row in rows if str(row.collation) != "utf8mb4_bin"
               and str(row.name) not in loose]
    if blurred:
        yield Finding(
            "table-collation",
            "In these tables letters that only look alike count as the same, or not every letter "
            f"has a place: {named(blurred)}. One person could pass for another.",
            "\n".join(f"ALTER TABLE `{name}` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
                      for name in blurred) + "    (make a backup before)")


def commits_are_kept(place: Place) -> Iterator[Finding]:
    """What was committed is on the disk, whatever happens to the machine."""
    if int(_db(place).value(_FLUSH)) != 1:
        yield Finding(
            "commit-not-flushed",
            "After a power cut the last second of what visitors have sent may be missing: the "
            "database writes it to the disk a little later.",
            "Ask your host for innodb_flush_log_at_trx_commit = 1 (in my.cnf, below [mysqld]).")


def user_may_little(place: Place) -> Iterator[Finding]:
    """The site's user of the database may use its own database, and nothing of the server."""
    wide = []
    for row in _db(place).all("SHOW GRANTS"):
        grant = str(next(iter(row.values())))
        match = re.match(r"GRANT (.*) ON \*\.\* TO ", grant)
        if match:
            wide += [right for right in match[1].split(", ") if right != "USAGE"]
    if wide:
        user = str(place.config.database.user)
        yield Finding(
            "database-rights",
            f"The site's user of the database, {user}, may do more than the site needs, on the "
            f"whole server: {named(wide)}. Whoever broke into the site would have all of that.",
            f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{user}'@'HOST'; GRANT ALL PRIVILEGES ON "
            f"`{place.config.database.name}`.* TO '{user}'@'HOST';    (as the administrator of the "
            "database; SELECT user, host FROM mysql.user shows HOST)")


def _made_by_files(place: Place) -> set[str]:
    """The names of the tables that the site's own schema makes."""
    names = {"schema_step"}
    for folder in (schema.TABLES, place.config.path("lib", "collection", "schema")):
        for path in glob.glob(f"{glob.escape(folder)}/*.mysql.sql"):
            with open(path, encoding="utf-8") as file:
                names.update(_CREATE.findall(file.read()))
    return names


def _db(place: Place) -> Database:
    assert place.db is not None
    return place.db


CHECKS = (session_is_set_up, tables_are_kept, commits_are_kept, user_may_little)
