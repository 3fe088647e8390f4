"""An upgrade zip, read and judged: what it would change here, and what speaks against it.

Nothing is written. `./chapbook pack --since` makes such zips: upgrade.json with the new manifest,
and each changed file by its name there.
"""
from __future__ import annotations

import hashlib
import os
from typing import Any, NamedTuple

from ..archive import Archive, BadArchive, Limits
from ..hosting import manifest as manifests
from ..hosting.manifest import Manifest, ManifestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

LIMITS = Limits(members=20_000, one=64 << 20, total=512 << 20)
CORE = ("private/lib/chapbook/", "private/vendor/")
SPARE = 8 << 20               # bytes that are left free for the database and the log
EDITED, DELETED, OWN, KEPT = "edited", "deleted", "own", "kept"


class Refused(Exception):
    """Why an upgrade cannot be made, in sentences; nothing was changed."""


class Change(NamedTuple):
    """A file of the release that is not as it was packed: somebody's own work.

    `kind`: "edited", "deleted", "own" (a file of the owner's has the name of a new one), or "kept"
    (edited, and the release has it no more). `core`: of the toolkit itself, where the new one takes
    the place in any case.
    """

    name: str
    kind: str
    core: bool


class Release:
    """An open upgrade zip; a `with` block closes it. Refused where it cannot be trusted."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.archive = Archive(path, LIMITS)
        except (BadArchive, OSError) as error:
            raise Refused(str(error)) from error
        try:
            self._read()
        except (BadArchive, ManifestError, OSError) as error:
            self.archive.close()
            raise Refused(str(error)) from error

    def __enter__(self) -> Release:
        return self

    def __exit__(self, *error: object) -> None:
        self.archive.close()

    def _read(self) -> None:
        if manifests.UPGRADE not in self.archive.sizes:
            raise BadArchive("This is no upgrade: it holds no upgrade.json. An upgrade is made by "
                             "./chapbook pack --since; a whole release is for an empty folder.")
        data = self.archive.read(manifests.UPGRADE, manifests.MOST_BYTES)
        values: Any = manifests.loaded(data, manifests.UPGRADE)
        try:
            self.since = str(values["since"])
            self.manifest = Manifest.made_of(values["manifest"], manifests.UPGRADE)
            self.changed = [str(name) for name in values["changed"]]
            self.removed = [str(name) for name in values["removed"]]
        except (KeyError, TypeError) as error:
            raise ManifestError("upgrade.json is not as ./chapbook pack makes it: get the zip "
                                "anew.") from error
        for name in self.removed:
            manifests.check_name(name)
        known = self.manifest.files
        if not known.keys() >= set(self.changed) or not known.keys().isdisjoint(self.removed):
            raise ManifestError("upgrade.json contradicts itself: get the zip anew.")
        self._sums = {name: known[name].sha256 for name in self.changed}
        self._sums[manifests.UPGRADE] = hashlib.sha256(data).hexdigest()
        self.archive.check_names(self._sums)

    @property
    def bytes(self) -> int:
        """How much it unfolds to."""
        return sum(self.archive.sizes.values())

    def verify(self) -> None:
        """Read every byte: each file has its hash, and this Python can read each module of lib/.

        Takes about a second. Refused where not.
        """
        try:
            for name in self._sums:
                data = b"".join(self.archive.pieces(name, self._sums[name]))
                if name.startswith("private/lib/") and name.endswith(".py"):
                    compile(data, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            import sys

            raise Refused(
                f"This release does not run with Python {sys.version_info[0]}."
                f"{sys.version_info[1]}, which this host has: {error}. Choose a newer Python in "
                "the settings of the host first.") from error
        except (BadArchive, OSError) as error:
            raise Refused(str(error)) from error


def installed(root: str) -> Manifest:
    """The manifest of the release that the site has; Refused where it has none."""
    path = os.path.join(root, manifests.NAME)
    try:
        return Manifest.read(path)
    except FileNotFoundError as error:
        raise Refused(
            "This site has no manifest.json, so nobody can tell which release it is. Sites that "
            "were unpacked from a zip of ./chapbook pack have one: upload it again. A site that "
            "you keep with git is upgraded by git.") from error
    except (ManifestError, OSError) as error:
        raise Refused(str(error)) from error


def objections(release: Release, site: Manifest, config: Config) -> list[str]:
    """What speaks against this upgrade here, as sentences that say what to do; none where nothing.

    `site` is the manifest of the release that the site has.
    """
    new, found = release.manifest, []
    if new.release == site.release:
        return [f"The site has this release already: {site.version} ({site.release})."]
    if release.since != site.release:
        found.append(
            f"It is made for sites that have the release {release.since}, and this one has "
            f"{site.release} ({site.version}). Make one that fits: ./chapbook pack --since, with "
            "the manifest.json of this site.")
    if (new.profile, new.folders, new.how) != (site.profile, site.folders, site.how):
        found.append(
            f"It is made for another kind of host ({new.profile}) than this site "
            f"({site.profile}), for other folders, or with other options. Make it with those that "
            "the site was packed with.")
    disk = os.statvfs(config.root)
    needed = 2 * release.bytes + SPARE
    if disk.f_bavail * disk.f_frsize < needed:
        found.append(f"The disk is too full: {disk.f_bavail * disk.f_frsize >> 20} MiB are free, "
                     f"and {(needed >> 20) + 1} MiB are needed. Delete what you can do without.")
    return found + _unwritable(release, config)


def _unwritable(release: Release, config: Config) -> list[str]:
    """A sentence about folders in which nothing can be put."""
    from ..errors import user

    places = {os.path.dirname(place(config, name)) for name in release.changed + release.removed}
    closed = set()
    for folder in {config.root, *places}:
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            closed.add(folder)
    if not closed:
        return []
    more = f" and {len(closed) - 1} more" if len(closed) > 1 else ""
    return [f"Nothing can be put into {min(closed)}{more}: scripts run as {user()}. Upgrade in a "
            "shell or by FTP as the owner of these folders, or give them to that user."]


def edited(release: Release, site: Manifest, config: Config) -> list[Change]:
    """The files that the release would change, and that somebody here has changed, by name."""
    found = []
    for name in sorted({*release.changed, *release.removed}):
        kind = _kind(name, release, site, config)
        if kind:
            found.append(Change(name, kind, name.startswith(CORE)))
    return found


def _kind(name: str, release: Release, site: Manifest, config: Config) -> str:
    if "/__pycache__/" in name:
        return ""                                 # Python writes them as it likes
    path, old, new = place(config, name), site.files.get(name), release.manifest.files.get(name)
    there = os.path.lexists(path)
    if not there:
        return DELETED if old is not None and new is not None else ""
    if is_of(path, new.sha256 if new else "") or is_of(path, old.sha256 if old else ""):
        return ""
    return KEPT if new is None else OWN if old is None else EDITED


def is_of(path: str, sha256: str) -> bool:
    """Whether a file has this content; other line ends, as some FTP programs make, are no edit."""
    if not sha256 or os.path.islink(path) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return False
    return sha256 in (hashlib.sha256(data).hexdigest(),
                      hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest())


def place(config: Config, name: str) -> str:
    """Where a file of a release is on this host."""
    return manifests.place(name, config.root, config.htdocs)
