"""What the doctor can find, how grave each is, and one finding as its reader gets it."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .place import Place

    Check = Callable[[Place], Iterator["Finding"]]

RED = "red"                   # must be mended before people come
AMBER = "amber"               # should be mended
MOST_NAMED = 3                # paths in one sentence

# Each has its entry in docs/doctor.md.
SEVERITIES = {
    # settings
    "settings-broken": RED, "settings-open": RED, "debug-on": RED, "base-url-empty": RED,
    "base-url-http": RED, "shared-address": RED, "owner-missing": AMBER, "mail-folder": RED,
    "registration-without-mail": RED, "sender-elsewhere": AMBER, "proxies-everybody": RED,
    "sendmail-missing": RED, "smtp-refused": RED,
    "hosts-everybody": AMBER,
    # files
    "secret-missing": AMBER, "secret-open": RED, "secret-damaged": RED, "wrong-owner": RED,
    "var-open": RED, "var-unwritable": RED, "var-public": RED, "cache-open": RED,
    "link-planted": RED, "log-large": AMBER, "pages-failed": AMBER, "disk-full": RED,
    # scripts
    "script-mode": RED, "script-line-ends": RED, "script-mark": RED, "script-start": RED,
    "script-name": RED, "code-writable": RED, "interpreter-missing": RED,
    "interpreter-closed": RED, "python-version": RED, "files-damaged": RED,
    "lib-missing": RED, "script-syntax": RED, "script-import": RED, "script-fails": RED,
    "output-early": RED, "script-owner": RED,
    # this machine
    "python-old": AMBER, "argon2-missing": AMBER, "package-missing": RED, "folder-closed": RED,
    "bytecode-unkept": AMBER, "encoding": RED, "process-cap": AMBER, "thread-cap": AMBER,
    # the database
    "mysql-socket": RED, "mysql-host": RED, "mysql-access": RED, "mysql-database": RED,
    "mysql-plugin": RED, "mysql-connections": RED, "mysql-tls": RED,
    "database-unreachable": RED, "migrations-pending": RED, "database-rights": AMBER,
    "database-files": RED, "sql-mode": RED, "session-charset": RED, "session-time-zone": RED,
    "packet-small": AMBER, "table-engine": RED, "table-collation": RED,
    "commit-not-flushed": AMBER, "database-clock": AMBER, "sqlite-journal": AMBER,
    "sqlite-network": RED, "sqlite-damaged": RED, "sqlite-links": RED,
    # people and work
    "no-administrator": RED, "one-factor": AMBER, "mail-waiting": AMBER, "mail-failed": AMBER,
    "cron-missing": AMBER, "tables-unswept": AMBER,
    # what the running site answers
    "site-unreachable": RED, "certificate": RED, "other-site": RED, "rules-ignored": RED,
    "site-fails": RED, "redirect-loop": RED, "rewrite-loop": RED,
    "htaccess-options": RED, "htaccess-handler": RED, "htaccess-line": RED, "htaccess-links": RED,
    "code-stale": RED, "authorization-missing": AMBER, "body-limit": AMBER, "firewall": AMBER,
    "http-not-redirected": RED, "hsts-missing": AMBER, "headers-missing": RED,
    "cookie-flags": RED, "cache-allowed": RED,
    "trace-enabled": AMBER, "proxy-unnamed": AMBER, "server-clock": AMBER,
    # what a server's log tells
    "log-ended-early": RED, "log-suexec": RED, "log-unreadable": RED, "log-memory": RED,
    "log-gateway": RED, "log-no-application": RED, "log-not-found": AMBER, "log-denied": AMBER,
    "log-slow": AMBER, "cgi-off": RED,
    # what everybody can fetch
    "folder-listed": RED, "settings-served": RED, "data-served": RED, "code-served": RED,
    "script-served": RED, "bytecode-served": RED, "git-served": RED, "dotfile-served": RED,
    "templates-served": AMBER, "tests-served": AMBER, "metadata-served": AMBER,
    "backup-served": RED,
}

# Why the first page may fail: where one of these is found, that it does is no finding of its own.
EXPLAINING = frozenset(name for name, severity in SEVERITIES.items() if severity == RED and (
    name.startswith(("script-", "interpreter-", "settings-", "database-", "mysql-", "rewrite-"))
    or name in ("python-version", "files-damaged", "lib-missing", "output-early", "encoding",
                "package-missing", "wrong-owner", "var-unwritable", "code-writable",
                "migrations-pending")))


class Finding:
    """One thing that is not as it should be.

    `name` is its entry in docs/doctor.md, `severity` "red" (must be mended before people come) or
    "amber" (should be), `sentence` what was seen, `remedy` what to do: a command, or a line.
    `about` are the files it is about, or the lines, for who mends it.
    """

    __slots__ = ("name", "severity", "sentence", "remedy", "about")

    def __init__(
        self, name: str, sentence: str, remedy: str, about: Iterable[str] = ()
    ) -> None:
        self.name, self.severity = name, SEVERITIES[name]
        self.about = tuple(about)
        self.sentence, self.remedy = printable(sentence), printable(remedy)

    def as_dict(self) -> dict[str, str]:
        """The finding for programs: name, severity, sentence, remedy."""
        return {name: getattr(self, name) for name in self.__slots__[:4]}

    def __repr__(self) -> str:
        return f"<Finding {self.severity} {self.name}: {self.sentence}>"


def gathered(checks: Iterable[Check], place: Place) -> list[Finding]:
    """All that these checks find, the red before the amber, otherwise in the order of checks."""
    found = [finding for check in checks for finding in check(place)]
    return sorted(found, key=lambda finding: finding.severity != RED)


def printable(text: str) -> str:
    """The text with a ? for what would do something to a terminal: names of files can hold that."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def named(paths: list[str]) -> str:
    """The first few of these paths, and how many more there are."""
    more = len(paths) - MOST_NAMED
    return ", ".join(paths[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
