"""The manifest: every file of a packed release, with the hash it must have and its mode.

It lies as manifest.json beside site.ini. Its names are by part, whatever the folders are called on
a host: `private/lib/chapbook/page.py` is below the folder of lib/, `public/style.css` below the one
that visitors' files are in (`config.htdocs`). Neither site.ini nor anything in var/ is named.
"""
from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any, NamedTuple

NAME = "manifest.json"
UPGRADE = "upgrade.json"                     # the manifest of an upgrade zip, at its top

PRIVATE, PUBLIC = "private/", "public/"
LOCK = "private/var/.htaccess"               # all that a release has there
MOST_BYTES = 4 << 20                         # of a manifest; ours has 100 KB
_HASH = re.compile(r"[0-9a-f]{64}")
# A part of a name: not empty, and neither "." nor ".."; a static file may have any letters that are
# UTF-8 (what is not comes from the system as surrogates).
_WORD = re.compile(r"(?!\.{1,2}\Z)[^/\\\x00-\x1f\x7f\ud800-\udfff]+")
_KEPT = re.compile(r"private/(?:site\.ini|manifest\.json|upgrade\.json|var(?:/.*)?)")
# Folders in which a file that no release brought changes what the site does.
_CODE = ("lib/chapbook", "lib/collection", "vendor")

MISSING, CHANGED, LINE_ENDS, MODE, EXTRA = "missing", "changed", "line ends", "mode", "extra"


class ManifestError(ValueError):
    """A manifest cannot be used: a sentence that says what is wrong with it."""


class File(NamedTuple):
    """One file: SHA-256 in hexadecimal digits, and its mode, such as "644"."""

    sha256: str
    mode: str


class Difference(NamedTuple):
    """One file that is not as it was packed.

    `kind` is "missing", "changed", "line ends" (only those differ: a transfer in text mode),
    "mode" (it may not be executed, and should be) or "extra" (code that no release brought).
    """

    name: str
    kind: str


class Manifest(NamedTuple):
    """A release as it was packed for one host.

    `release` is an id over all files: two trees with the same one are the same. `folders` are the
    names of the two folders on the host, `packages` what is in vendor/, with versions, `how` with
    what options it was packed: an upgrade has to be packed with the same.
    """

    version: str
    release: str
    profile: str
    folders: dict[str, str]
    packages: dict[str, str]
    files: dict[str, File]
    how: dict[str, str]

    @classmethod
    def of(cls, version: str, profile: str, folders: dict[str, str], packages: dict[str, str],
           files: dict[str, File], how: dict[str, str] | None = None) -> Manifest:
        """The manifest of these files."""
        return cls(version, release_of(files), profile, folders, packages, files, how or {})

    @classmethod
    def read(cls, path: str) -> Manifest:
        """The manifest in a file; ManifestError where it is none, OSError where there is none."""
        with open(path, "rb") as file:
            return cls.parse(file.read(MOST_BYTES + 1), os.path.basename(path))

    @classmethod
    def parse(cls, data: bytes, source: str = NAME) -> Manifest:
        """The manifest in these bytes; ManifestError where any of it is not as it should be."""
        return cls.made_of(loaded(data, source), source)

    @classmethod
    def made_of(cls, values: Any, source: str = NAME) -> Manifest:
        """The manifest of what json made of one; ManifestError as above."""
        try:
            files = {str(name): File(str(entry["sha256"]), str(entry["mode"]))
                     for name, entry in values["files"].items()}
            folders = {part: str(values["folders"][part]) for part in ("private", "public")}
            found = cls(str(values["version"]), str(values["release"]), str(values["profile"]),
                        folders, _texts(values.get("packages", {})), files,
                        _texts(values.get("how", {})))
        except (KeyError, TypeError, AttributeError) as error:
            raise ManifestError(f"{source} is no manifest of Chapbook: pack the site again, and "
                                "upload this file too.") from error
        for name, entry in files.items():
            check_name(name)
            if not _HASH.fullmatch(entry.sha256) or entry.mode not in ("644", "755"):
                raise ManifestError(f"{source}: the entry of {name} is damaged; upload it again.")
        if found.release != release_of(files):
            raise ManifestError(f"{source} was changed after it was made, or has come only in part:"
                                " upload it again.")
        return found

    def values(self) -> dict[str, Any]:
        """What json is to write."""
        return {**self._asdict(), "files": {
            name: entry._asdict() for name, entry in sorted(self.files.items())}}

    def text(self) -> str:
        """The file's text; the same for the same release."""
        return json.dumps(self.values(), indent=1, sort_keys=True) + "\n"

    def verify(self, root: str, htdocs: str) -> list[Difference]:
        """What differs in the site at `root`, whose visitors' files are in `htdocs`, by name.

        Takes about 0.1 s. Compiled files (__pycache__) are left out: Python writes them anew. An
        edit of one's own counts as "changed", a page of one's own is none of this.
        """
        found = []
        for name, entry in self.files.items():
            if "/__pycache__/" not in name:
                kind = _difference(place(name, root, htdocs), entry)
                if kind:
                    found.append(Difference(name, kind))
        found += [Difference(name, EXTRA) for name in _code(root) if name not in self.files]
        return sorted(found)


def release_of(files: dict[str, File]) -> str:
    """The id of a release: 16 hexadecimal digits over names, hashes and modes."""
    digest = hashlib.sha256()
    for name, entry in sorted(files.items()):
        digest.update(f"{name}\0{entry.sha256}\0{entry.mode}\n".encode())
    return digest.hexdigest()[:16]


def step(old: Manifest, new: Manifest) -> tuple[list[str], list[str]]:
    """What an upgrade brings and what it takes away: the names that changed, those removed."""
    changed = [name for name, entry in new.files.items() if old.files.get(name) != entry]
    removed = [name for name in old.files if name not in new.files]
    return sorted(changed), sorted(removed)


def place(name: str, root: str, htdocs: str) -> str:
    """The path of a file on this machine; ManifestError for a name that leads elsewhere."""
    check_name(name)
    if name.startswith(PUBLIC):
        return os.path.join(htdocs, name.removeprefix(PUBLIC))
    return os.path.join(root, name.removeprefix(PRIVATE))


def check_name(name: str) -> None:
    """Refuse (ManifestError) a name that is none of a release: another folder, settings, data."""
    parts = name.split("/")
    if (len(name) > 300 or not name.startswith((PRIVATE, PUBLIC))
            or not all(_WORD.fullmatch(part) for part in parts) or len(parts) < 2):
        raise ManifestError(f"{name[:100]!r} can be no file of a release.")
    if _KEPT.fullmatch(name) and name != LOCK:
        raise ManifestError(f"{name[:100]!r} is the site's own, and no release has it.")


def sha256_of(path: str) -> str:
    """The hash of a file; OSError where it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_bytes(data: bytes) -> str:
    """The hash of what would be in a file."""
    return hashlib.sha256(data).hexdigest()


def loaded(data: bytes, source: str) -> Any:
    """What is in a JSON file; ManifestError where it is none, or longer than one may be."""
    if len(data) > MOST_BYTES:
        raise ManifestError(f"{source} is longer than 4 MiB, and can be no manifest.")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{source} cannot be read: it has come only in part, or was edited. "
                            "Upload it again.") from error


def _difference(path: str, entry: File) -> str:
    """How a file differs from its entry; empty where it does not."""
    try:
        if not os.path.isfile(path):
            return MISSING
        if sha256_of(path) != entry.sha256:
            with open(path, "rb") as file:
                unix = sha256_of_bytes(file.read().replace(b"\r\n", b"\n"))
            return LINE_ENDS if unix == entry.sha256 else CHANGED
        return MODE if entry.mode == "755" and not os.stat(path).st_mode & 0o100 else ""
    except OSError:
        return CHANGED                       # it is there, and not ours to read


def _code(root: str) -> list[str]:
    """The names of all modules that are there."""
    return [
        PRIVATE + os.path.relpath(os.path.join(folder, name), root)
        for top in _CODE for folder, _, names in os.walk(os.path.join(root, top))
        for name in names if name.endswith((".py", ".so"))
    ]


def _texts(values: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}
