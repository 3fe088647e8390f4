"""What a database says when it cannot be used, as a field of the form and what to write there."""
from __future__ import annotations

from ..errors import HTTPError, Invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

_FULL = ("host", "The server is there, but has no connection free: it allows only so many at once. "
                 "Wait a minute and send this again. If it stays so, ask your host for more "
                 "connections (max_user_connections).")
_PLUGIN = ("user", "The server wants the password of this user in a way that is not known here. In "
                   "your host's control panel give the user a new password, by the method "
                   "mysql_native_password where you are asked; or choose “always” for encryption.")
_RIGHTS = ("user", "This user may not do all that a site needs in its database. In your host's "
                   "control panel, add the user to the database with all privileges (at least "
                   "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP and REFERENCES).")
_EXPIRED = ("password", "The password of this user has expired. Set a new one in your host's "
                        "control panel, and write it here.")
_LOCKED = ("user", "This user is locked. Have your host unlock it, or make another one.")
_READ_ONLY = ("host", "The server takes no writes: it is a copy of another one, or being looked "
                      "after. Ask your host for the name of the main server, or wait.")

# By the server's error number, by the name of the OSError under a failed connection, and by the
# package that was missed.
_TROUBLES: dict[object, tuple[str, str]] = {
    "ConnectionRefusedError": (
        "host", "Nothing listens there. Compare the host and the port with those that your host's "
                "control panel names; on most hosts it is localhost, and 3306."),
    "FileNotFoundError": (
        "socket", "There is no such socket on this machine. Leave it empty, or copy its path from "
                  "your host's control panel."),
    "PermissionError": (
        "socket", "Pages may not open this socket. Leave it empty and use the host and the port."),
    "TimeoutError": (
        "host", "No answer came. Compare the host's name and the port with those in the control "
                "panel: many hosts let only their own machines in, by a name of its own, such as "
                "mysql.example.org."),
    "gaierror": (
        "host", "No machine has this name. Copy the name of the database server from your host's "
                "control panel; on most hosts it is localhost."),
    "SSLError": (
        "tls", "The encrypted connection did not come about. Choose “never” if the database is on "
               "the same machine, or ask your host."),
    "cryptography": (
        "tls", "The server wants the password encrypted, in a way that needs the package "
               "cryptography, which is not here. Choose “always” for encryption; or have the user "
               "given a password by the method mysql_native_password."),
    "ed25519": (
        "user", "The password of this user is of a kind (ed25519) that is not known here. Make "
                "another user, whose password is of the usual kind (mysql_native_password)."),
    1040: _FULL, 1203: _FULL, 1226: _FULL,
    1044: (
        "user", "This user may not use this database. In your host's control panel, add the user "
                "to the database, with all privileges; and compare both names: many hosts put the "
                "name of your account before them, as in ann_site."),
    1045: (
        "password", "The server knows no user of this name with this password. Compare the name: "
                    "many hosts put the name of your account before it, as in ann_site. If it is "
                    "right, set a new password in the control panel, and write it here."),
    1049: (
        "name", "There is no database of this name. Copy its name from your host's control panel: "
                "many hosts put the name of your account before it, as in ann_site. If you have "
                "not made one yet, make it there now."),
    1129: (
        "host", "The server has shut out this machine after too many failures. Ask your host to "
                "have FLUSH HOSTS run."),
    1130: (
        "host", "The server lets nobody in from this machine. Write localhost; or allow this "
                "machine in the control panel, where it speaks of remote MySQL."),
    1142: _RIGHTS, 1143: _RIGHTS, 1227: _RIGHTS, 1370: _RIGHTS,
    1251: _PLUGIN, 2059: _PLUGIN,
    1115: (
        "host", "The server does not know all letters of the world (utf8mb4). Ask your host for a "
                "newer server, or choose SQLite."),
    1273: (
        "host", "The server does not know the order of letters that the site needs (utf8mb4_bin). "
                "Ask your host for a newer server, or choose SQLite."),
    1286: (
        "host", "The server has no InnoDB, without which nothing can be undone that was done by "
                "half. Ask your host for a server that has it, or choose SQLite."),
    1290: _READ_ONLY, 1836: _READ_ONLY,
    1698: (
        "user", "This user is for the server's own administrator, and has no password. Make a user "
                "with a password for the site, in the control panel."),
    1820: _EXPIRED, 1862: _EXPIRED,
    2013: ("host", "The server hung up, or was silent. It may be starting, or overloaded: wait a "
                   "minute, and send this again."),
    2026: ("tls", "The server offers no encryption. Choose “where it is offered”."),
    3118: _LOCKED, 4151: _LOCKED,
    3159: ("tls", "The server insists on encryption. Choose “always”."),
}


def translated(error: HTTPError, config: Config) -> Invalid:
    """The same error, about the answer that has to be another one."""
    engine = config.database.engine
    code = _code(error)
    if engine == "mysql" and code in _TROUBLES:
        field, sentence = _TROUBLES[code]
        if code == "ConnectionRefusedError" and config.database.socket:
            field, sentence = "socket", ("Nothing listens at this socket. Leave it empty, and use "
                                         "the host and the port.")
        return Invalid(**{field: sentence})
    said = error.detail or error.sentence
    password = str(config.database.password)
    if password:
        said = said.replace(password, "***")
    if engine == "sqlite":
        return Invalid(engine=f"SQLite cannot be used here: {said}")
    return Invalid(f"The database cannot be used. {said}")


def missing(error: ImportError) -> str:
    """What to do about a package that a database needs and that is not here."""
    if error.name == "sqlite3" or error.name == "_sqlite3":
        return ("The Python of this host was made without SQLite. Choose MySQL, or ask your host "
                "for another Python.")
    return (f"The package {error.name or 'PyMySQL'}, which MySQL needs, is missing: upload the "
            "folder vendor anew, whole; or choose SQLite.")


def _code(error: BaseException) -> object:
    """What tells the trouble: the server's number, or the name of the system's error."""
    cause = error.__cause__
    if cause is None:
        return None
    original = getattr(cause, "original_exception", cause)
    if isinstance(original, OSError):
        return "SSLError" if "ssl" in type(original).__module__ else type(original).__name__
    if isinstance(cause, RuntimeError):
        return "ed25519" if "pynacl" in str(cause) else "cryptography"
    return cause.args[0] if cause.args else None
