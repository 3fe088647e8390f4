"""What the site writes: whose it is, who can read it, and whether there is room."""
from __future__ import annotations

import os
import stat
import time
from shlex import join, quote

from .. import log
from ..filters import plural
from ..signing import SIZE
from .findings import Finding, named
from .place import is_open, stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

LEAST_FREE = 100 << 20        # bytes of disk
LEAST_FILES = 1000            # that can still be made
MOST_LOG = 1 << 18            # bytes from the end of the log
RECENT = 86400                # seconds
MOST_LOOKED_AT = 1000         # uploaded files


def secret_is_one(place: Place) -> Iterator[Finding]:
    """The site's secret is there, whole, and secret."""
    path = os.path.join(place.config.path(place.config.paths.var), "secret")
    found = stat_of(path)
    if found is None:
        yield Finding(
            "secret-missing",
            "The site has no secret key yet. It makes one by itself at the first visit that needs "
            "it; if the site has been visited before, the key was deleted, and forms that were "
            "open and links that were sent do not work any more.",
            "Open any page of the site that has a form, then run the doctor again.")
    elif not stat.S_ISREG(found.st_mode) or found.st_size != SIZE:
        yield Finding(
            "secret-damaged",
            f"The site's secret key ({place.short(path)}) is damaged: it is not {SIZE} bytes long. "
            "Pages with forms fail.",
            f"rm {quote(path)}    (a new one is made by itself)")
    elif is_open(found):
        yield Finding(
            "secret-open",
            f"Other users of this machine can read the site's secret key ({place.short(path)}). "
            "The site refuses to use it.",
            f"rm {quote(path)}    (a new one is made by itself; the old one may be known)")


def written_by_one(place: Place) -> Iterator[Finding]:
    """All that the site writes belongs to the user of its scripts, who can write it."""
    strange, closed = [], []
    for path in [place.settings_file, *_written(place)]:
        found = stat_of(path)
        if found is None:
            continue
        if found.st_uid != place.user:
            strange.append(path)
        elif path != place.settings_file and not _can_write(found):
            closed.append(path)
    if strange:
        yield Finding(
            "wrong-owner",
            f"The pages run as the user {place.user_name}, to whom these do not belong: "
            f"{named([place.short(path) for path in strange])}. Pages that need them fail.",
            f"chown {place.user_name} {join(strange[:10])}"
            + "    (as root; or run the doctor as the user whom the pages run as)")
    if closed:
        yield Finding(
            "var-unwritable",
            f"The site cannot write here: {named([place.short(path) for path in closed])}.",
            f"chmod u+rwX {join(closed[:10])}", closed)


def written_is_private(place: Place) -> Iterator[Finding]:
    """Nobody else on this machine can read what the site writes."""
    cache = place.config.path(place.config.paths.cache)
    open_ = []
    for path in _written(place):
        found = stat_of(path)
        if found is None or stat.S_ISLNK(found.st_mode) or not is_open(found):
            continue
        if path != cache and not path.startswith(cache + os.sep):
            if not path.endswith(f"{os.sep}secret"):
                open_.append(path)
    if open_:
        yield Finding(
            "var-open",
            "Other users of this machine can read what the site stores: "
            f"{named([place.short(path) for path in open_])}.",
            f"chmod go-rwx {join(open_[:10])}", open_)


def cache_is_ours(place: Place) -> Iterator[Finding]:
    """Nobody else can put compiled templates where the site would run them."""
    top = place.config.path(place.config.paths.cache)
    for path in _cache(top):
        found = stat_of(path)
        if found is not None and found.st_mode & 0o022 and not stat.S_ISLNK(found.st_mode):
            yield Finding(
                "cache-open",
                f"Other users of this machine can write into {place.short(path)}, where the site "
                "keeps compiled pages. It does not use them so, and every page is slow.",
                f"rm -r {quote(top)}    (it is made anew by itself)")
            return


def is_not_public(place: Place) -> Iterator[Finding]:
    """Nothing that the site writes lies where the web server gives files to everybody."""
    config = place.config
    for kind in ("var", "log", "cache", "uploads"):
        path = os.path.realpath(config.path(getattr(config.paths, kind)))
        for public in (config.htdocs, config.path("cgi-bin")):
            folder = os.path.realpath(public)
            name = os.path.basename(public)
            if os.path.commonpath([path, folder]) == folder:
                yield Finding(
                    "var-public",
                    f"What the site stores lies in {name}/, from where everybody can fetch it: "
                    f"{place.short(path)} ([paths] {kind}).",
                    "Move that folder beside htdocs/, not into it, and remove any link to it there "
                    "(ls -l htdocs shows them).")
                return


def has_no_links(place: Place) -> Iterator[Finding]:
    """Nobody has put links where the site keeps what visitors send; it makes none itself."""
    links = [path for path in _some_below(place.config.path(place.config.paths.uploads))
             if os.path.islink(path)]
    if links:
        yield Finding(
            "link-planted",
            "Somebody has put a link where the site keeps what visitors send, perhaps to have "
            f"another file read or overwritten: {named([place.short(path) for path in links])}.",
            f"ls -l {quote(links[0])}    (shows where it leads and whose it is; then delete it)")


def pages_work(place: Place) -> Iterator[Finding]:
    """No page has failed within a day, as far as the end of the log tells."""
    path = os.path.join(place.config.path(place.config.paths.log), "chapbook.log")
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - MOST_LOG))
            lines = file.read(MOST_LOG).decode("ascii", "replace").splitlines()
    except OSError:
        return
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(place.now - RECENT))
    failed = [line for line in lines if line > since and line[:2] == since[:2]
              and line.split(" ")[2:3] == ["500"]]
    if failed:
        last = failed[-1].split(" ")
        page = next((word[5:] for word in last if word.startswith("path=")), "a page")
        yield Finding(
            "pages-failed",
            f"Within a day, pages have failed {plural(len(failed), 'time')}, last {page} at "
            f"{last[0]} (error {last[1]}).",
            f"grep -A20 -F {quote(' '.join(last[:3]))} {quote(path)}    (or Errors, in the "
            "administration)")


def has_room(place: Place) -> Iterator[Finding]:
    """The disk has room, and the log does not grow without an end."""
    var = place.config.path(place.config.paths.var)
    try:
        disk = os.statvfs(var if os.path.isdir(var) else place.root)
    except OSError:
        return
    free = disk.f_bavail * disk.f_frsize
    if free < LEAST_FREE or (disk.f_files and disk.f_favail < LEAST_FILES):
        yield Finding(
            "disk-full",
            f"The disk is nearly full: {free >> 20} MB are left. Soon nothing that visitors send "
            "can be stored.",
            "Delete what is not needed, old backups first, or ask your host for more room.")
    path = os.path.join(place.config.path(place.config.paths.log), "chapbook.log")
    found = stat_of(path)
    if found is not None and found.st_size > 2 * log.LARGEST:
        yield Finding(
            "log-large",
            f"The log has {found.st_size >> 20} MB. It should have been put aside at "
            f"{log.LARGEST >> 20} MB, so something keeps the site from doing that.",
            f"rm {quote(path)}    (keep a copy if you want to read it; a new one begins by itself)")


def _written(place: Place) -> Iterator[str]:
    """The paths of what the site writes: its folders, its own files there, some uploads."""
    config = place.config
    var = config.path(config.paths.var)
    folders = [var, *(config.path(getattr(config.paths, kind))
                      for kind in ("log", "cache", "uploads"))]
    if config.mail.via == "folder":
        folders.append(config.path(config.mail.folder))
    yield from dict.fromkeys(folders)
    yield os.path.join(var, "secret")
    yield os.path.join(config.path(config.paths.log), "chapbook.log")
    if config.database.engine == "sqlite":
        file = config.path(config.database.file)
        yield from (file, f"{file}-wal", f"{file}-shm")
    yield from _some_below(config.path(config.paths.uploads))
    yield from _cache(config.path(config.paths.cache))[1:]


def _some_below(top: str) -> list[str]:
    """Files and folders below this one, not more than can be looked at quickly."""
    found: list[str] = []
    for place, folders, files in os.walk(top):
        found += [os.path.join(place, name) for name in folders + files]
        if len(found) > MOST_LOOKED_AT:
            break
    return found[:MOST_LOOKED_AT]


def _cache(top: str) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(top) if name.startswith("templates-"))
    except OSError:
        names = []
    return [top, *(os.path.join(top, name) for name in names)]


def _can_write(found: os.stat_result) -> bool:
    """Whether its owner can write it; into a folder, which takes passing it as well."""
    wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
    return found.st_mode & wanted == wanted


ALWAYS = (secret_is_one, written_by_one, written_is_private, cache_is_ours, is_not_public,
          has_no_links, pages_work, has_room)
