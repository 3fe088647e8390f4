"""Upgrades as their pages need them: which zips are there, what each would change, how it ended."""
from __future__ import annotations

import hashlib
import os
import re

from chapbook.errors import Invalid
from chapbook.hosting.manifest import ManifestError
from chapbook.upgrade import moves, steps
from chapbook.upgrade.release import Refused, Release, edited, installed, objections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.config import Config
    from chapbook.fields import Upload
    from chapbook.hosting.manifest import Manifest
    from chapbook.request import Request

COOKIE = moves.COOKIE
UPLOADED = "upload-"          # what names begin with of zips that came by a browser
MOST_LISTED = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ ()+-]{0,99}\.zip")
KINDS = {
    "edited": "You have edited it.",
    "deleted": "You have deleted it.",
    "own": "It is a file of yours, and the release has one of that name.",
    "kept": "You have edited it, and the release has it no more.",
}


class Review:
    """One zip, and what it would do here: `refused` says why not, "" where nothing speaks against.

    `edits` are the files that somebody has changed here; `seen` is their fingerprint, so that what
    was shown is what is decided.
    """

    def __init__(self, config: Config, name: str) -> None:
        self.name, self.path = name, os.path.join(_folder(config), name)
        self.version = self.release = self.refused = ""
        self.changed = self.removed = self.bytes = 0
        self.edits: list[Any] = []
        try:
            site = installed(config.root)
            with Release(self.path) as release:
                self.version = release.manifest.version
                self.release = release.manifest.release
                self.changed, self.removed = len(release.changed), len(release.removed)
                self.bytes = release.bytes
                self.refused = " ".join(objections(release, site, config))
                if not self.refused:
                    self.edits = edited(release, site, config)
        except (Refused, ManifestError) as error:
            self.refused = str(error)
        self.seen = hashlib.sha256(repr(self.edits).encode()).hexdigest()[:16]

    @property
    def free(self) -> list[Any]:
        """The edits of which the owner decides which version is in place."""
        return [edit for edit in self.edits if not edit.core]

    @property
    def core(self) -> list[Any]:
        """The edits of the toolkit itself, whose new version takes the place in any case."""
        return [edit for edit in self.edits if edit.core]


def site(config: Config) -> tuple[Manifest | None, str]:
    """The manifest of the site, or why there is none."""
    try:
        return installed(config.root), ""
    except Refused as error:
        return None, str(error)


def zips(config: Config) -> list[str]:
    """The names of the zips in var/upgrade/, the newest first."""
    try:
        with os.scandir(_folder(config)) as entries:
            found = [(entry.stat().st_mtime, entry.name) for entry in entries
                     if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [name for _, name in sorted(found, reverse=True)][:MOST_LISTED]


def take(config: Config, upload: Upload) -> str:
    """Keep a zip that came by a browser, in the place of the one before; its name.

    Invalid, with a sentence at the field `zip`, for what is no upgrade or cannot be kept.
    """
    name = UPLOADED + os.urandom(6).hex() + ".zip"
    try:
        path = os.path.join(steps.folder(config), name)
        upload.save(path)
        with Release(path):
            pass
    except Refused as error:
        raise Invalid(zip=str(error)) from error
    except OSError as error:
        raise Invalid(zip=f"The file could not be kept: {error.strerror}. Nothing was "
                          "changed.") from error
    for other in zips(config):
        if other.startswith(UPLOADED) and other != name:
            os.unlink(os.path.join(_folder(config), other))
    return name


def review(config: Config, name: str) -> Review | None:
    """The zip of this name; None where there is none."""
    if not _NAME.fullmatch(name) or not os.path.isfile(os.path.join(_folder(config), name)):
        return None
    return Review(config, name)


def begin(request: Request, one: Review) -> str:
    """Begin the upgrade as the form says; the token of who began it. Invalid where refused."""
    chosen = request.form.get("replace") or []
    replace = chosen if isinstance(chosen, list) else [chosen]
    try:
        return steps.begin(request.config, one.path, replace, [edit.name for edit in one.edits],
                           bool(request.form.get("backup")))
    except Refused as error:
        raise Invalid(str(error)) from error


def take_back(config: Config) -> None:
    """Begin to go back to the release before; Invalid where that cannot be."""
    try:
        steps.take_back(config)
    except Refused as error:
        raise Invalid(str(error)) from error


def last(config: Config) -> dict[str, Any] | None:
    """The last upgrade: its state, outcome, why, at, from, to, kept; None where there was none."""
    try:
        plan = moves.read(config.root, "plan.json")
    except (OSError, ValueError):
        return None
    try:
        said = moves.read(config.root, "said.json")
    except (OSError, ValueError):                 # it has not ended, or the disk was full
        said = {"outcome": "", "why": "", "at": 0}
    return {**plan, **said, "state": moves.state(config.root)}


def _folder(config: Config) -> str:
    return os.path.join(config.root, moves.FOLDER)
