"""What the running site gives out and must not: each asked for, and compared with its file.

An address may be that of the site's folder (where all of it lies below the document root) or that
of htdocs/. Only an answer with the file's own content counts.
"""
from __future__ import annotations

import glob
import os
from shlex import join, quote

from .canary import released
from .findings import Finding, named
from .scripts import scripts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place
    from .probe import Probe

LEAST = 8                     # bytes; what is shorter could be found in any answer
COMPARED = 4096               # bytes from the beginning
MOST_SCRIPTS = 3
MOST_BACKUPS = 20

# The finding; what is asked for, of each pattern the first file that is there; what that is.
FILES = (
    ("settings-served", ("site.ini",), "the settings, with the password of the database"),
    ("code-served", ("lib/chapbook/__init__.py", "lib/chapbook/defaults.ini",
                     "apache/dispatch.wsgi"), "the site's program"),
    ("bytecode-served", ("lib/**/__pycache__/*.pyc", "cgi-bin/**/__pycache__/*.pyc"),
     "the site's program, compiled"),
    ("git-served", (".git/HEAD", ".git/config", "htdocs/.git/HEAD"),
     "the history of the site's files, with all that was ever in them"),
    ("dotfile-served", (".env", ".htaccess", ".htpasswd", "htdocs/.env", "htdocs/.htaccess",
                        "htdocs/.htpasswd", ".venv/pyvenv.cfg"), "hidden files"),
    ("templates-served", ("templates/*.html",), "the templates of pages"),
    ("tests-served", ("tests/**/*.py",), "the tests"),
    ("metadata-served", ("setup.cfg", "pyproject.toml", "README.md", "CHANGELOG.md", "chapbook"),
     "which version of what the site is made of"),
)
BACKUPS = ("*.bak", "*~", "*.swp", "*.old", "*.orig", "*.save", "*.sql", "*.sqlite", "*.dump",
           "*backup*", "public_html.*")
BACKED_UP = ("", "cgi-bin", "htdocs", "htdocs/*")
LISTED = ("htdocs/*/", "cgi-bin/", "lib/", "templates/", "var/", "tests/", "docs/")
LIST_TITLES = (b"<title>Index of", b"<title>Directory listing for")

_AWAY = ("Let the document root be the folder htdocs/ alone, with apache/chapbook.conf. Where only "
         "an .htaccess is yours, copy apache/htaccess to .htaccess anew, and ask your host to let "
         "it count (AllowOverride FileInfo AuthConfig Options).")


def examined(place: Place, probe: Probe) -> Iterator[Finding]:
    """All that can be fetched and must not; Unreachable where the site stops answering."""
    for name, patterns, what in FILES:
        files = [found[0] for pattern in patterns if (found := _files(place, pattern))]
        yield from _told(name, what, [file for file in files if _served(place, probe, file)])
    yield from _data(place, probe)
    sources = [place.short(path) for path in scripts(place.root)][:MOST_SCRIPTS]
    served = [file for file in sources if _served(place, probe, file)]
    if served:
        yield Finding(
            "script-served",
            f"Instead of running pages, the web server shows their program: {named(served)}.",
            "CGI is off, or does not know these files. In .htaccess: Options +ExecCGI, and "
            "SetHandler cgi-script for *.py (apache/htaccess has both); or ask your host for CGI.")
    copies = sorted({file for folder in BACKED_UP for pattern in BACKUPS
                     for file in _files(place, os.path.join(folder, pattern))})[:MOST_BACKUPS]
    served = [file for file in copies if _served(place, probe, file)]
    if served:
        yield Finding(
            "backup-served",
            f"Everybody can fetch these backups or left-over copies: {named(served)}.",
            f"cd {quote(place.root)} && rm -i -- {join(served)}    (or move them out of the site)")
    yield from _listings(place, probe)


def _told(name: str, what: str, served: list[str]) -> Iterator[Finding]:
    if served:
        yield Finding(name, f"Everybody can fetch {what}: {named(served)}.", _AWAY)


def _data(place: Place, probe: Probe) -> Iterator[Finding]:
    """A file put into var/ can be fetched: then so can the database, the log and the secret."""
    var = place.config.path(place.config.paths.var)
    with released(place, var, 0o600) as canary:
        if canary is None:
            return
        path = os.path.join(var, canary.name)
        if any(canary.text in probe.get(address).body for address in _addresses(place, path)):
            yield Finding(
                "data-served",
                "Everybody can fetch what the site stores: the database, the log, what visitors "
                f"have sent (a file put into {place.short(var)}/ was given out).", _AWAY)


def _listings(place: Place, probe: Probe) -> Iterator[Finding]:
    listed = []
    for pattern in LISTED:
        for folder in _files(place, pattern)[:2]:
            for address in _addresses(place, os.path.join(place.root, folder)):
                if any(title in probe.get(address + "/").body for title in LIST_TITLES):
                    listed.append(folder)
                    break
    if listed:
        yield Finding(
            "folder-listed",
            f"The web server shows everybody a list of what is in these folders: {named(listed)}.",
            "In .htaccess, or in the virtual host: Options -Indexes")


def _served(place: Place, probe: Probe, file: str) -> bool:
    """Whether the site gives out this file as it is."""
    path = os.path.join(place.root, file)
    try:
        with open(path, "rb") as opened:
            content = opened.read(COMPARED).strip()
    except OSError:
        return False
    if len(content) < LEAST:
        return False
    return any(content in probe.get(address).body for address in _addresses(place, path))


def _addresses(place: Place, path: str) -> Iterator[str]:
    """The paths of addresses under which a file could be had."""
    below = os.path.relpath(path, place.root)
    if not below.startswith(".."):
        yield "/" + below
    inside = os.path.relpath(path, place.config.htdocs)
    if not inside.startswith(".."):
        yield "/" + inside


def _files(place: Place, pattern: str) -> list[str]:
    """The files of the site that fit a pattern, as paths from its folder, in order.

    What stands for htdocs/ in a pattern is the public folder, wherever it lies.
    """
    public = place.config.htdocs
    if pattern.startswith("htdocs/") and public != os.path.join(place.root, "htdocs"):
        pattern = glob.escape(public) + pattern.removeprefix("htdocs")
    found = glob.glob(pattern, root_dir=place.root, recursive=True, include_hidden=True)
    return sorted(name.rstrip("/") for name in found)
