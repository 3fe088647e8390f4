"""The scripts in cgi-bin/, as a web server starts them, and who may change the site's code."""
from __future__ import annotations

import os
import stat
from shlex import join, quote

from ..script import is_taken
from .findings import Finding, named
from .place import stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

LEAST = ("lib/chapbook/__init__.py", "lib/chapbook/defaults.ini", "templates/base.html")
CODE = ("cgi-bin", "lib", "templates", "htdocs", "apache")
# By the kind of difference, what of a release may not differ; edits of one's own are in order.
_DAMAGE = {"missing": ("private/lib/", "private/vendor/"), "line ends": ("private/lib/",),
           "changed": ("private/lib/chapbook/", "private/vendor/"),
           "extra": ("private/lib/chapbook/",)}
MOST_LOOKED_AT = 3000         # files


def can_be_started(place: Place) -> Iterator[Finding]:
    """Every script may be executed, and hides no module of Python."""
    refused, taken = [], []
    for path in scripts(place.root):
        found = stat_of(path)
        if found is not None and stat.S_ISREG(found.st_mode) and found.st_mode & 0o500 != 0o500:
            refused.append(path)
            continue
        if is_taken(os.path.splitext(os.path.basename(path))[0]):
            taken.append(place.short(path))
    if refused:
        yield Finding(
            "script-mode",
            f"The web server may not start these pages, and visitors read that there is no such "
            f"page: {named([place.short(path) for path in refused])}.",
            f"cd {quote(place.root)} && chmod u+rx "
            f"{join(place.short(path) for path in refused[:10])}    (with an FTP program: set the "
            "permissions to 755)", refused)
    if taken:
        yield Finding(
            "script-name",
            "A page has the name of a part of Python, which no other page can use then: "
            f"{named(taken)}. All pages may fail.",
            "Give the file another name.")


def are_changed_by_one(place: Place) -> Iterator[Finding]:
    """No other user of this machine may write scripts, modules, templates, or beside them."""
    loose = []
    for path in _code(place.root):
        found = stat_of(path)
        if found is not None and found.st_mode & 0o022 and not stat.S_ISLNK(found.st_mode):
            loose.append(path)
    if loose:
        yield Finding(
            "code-writable",
            f"Other users of this machine can change what the site does: "
            f"{named([place.short(path) for path in loose])}. Hosts that notice refuse to run such "
            "pages.",
            f"cd {quote(place.root)} && chmod -R go-w {' '.join(CODE)}", loose)


def are_whole(place: Place) -> Iterator[Finding]:
    """The modules of lib/ are there, and as they were packed where a manifest tells."""
    from ..hosting.manifest import NAME, Manifest, ManifestError

    strange = [f"{name} (missing)" for name in LEAST if not os.path.exists(f"{place.root}/{name}")]
    path = os.path.join(place.root, NAME)
    if os.path.exists(path):
        try:
            differences = Manifest.read(path).verify(place.root, place.config.htdocs)
        except (ManifestError, OSError) as error:
            strange.append(f"{NAME} ({error})")
        else:
            strange = [f"{each.name.partition('/')[2]} ({each.kind})" for each in differences
                       if each.name.startswith(_DAMAGE.get(each.kind, ()))]
    if strange:
        yield Finding(
            "files-damaged",
            f"Files of the site are missing or not as they were made: {named(strange)}.",
            "Upload lib/ and templates/ once more, whole and in binary mode, and compare how many "
            "files there are.")


def scripts(root: str) -> Iterator[str]:
    """The paths of the scripts, in order: cgi-bin/*.py, then those of its folders.

    A pipe is none: whoever reads it waits for ever.
    """
    top = os.path.join(root, "cgi-bin")
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name[:1] not in "._")
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(".py") and name[:1] not in "._" and os.path.isfile(path):
                yield path


def _code(root: str) -> Iterator[str]:
    count = 0
    yield root
    for top in CODE:
        yield os.path.join(root, top)
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield from (os.path.join(folder, name) for name in folders + names)
            count += len(folders) + len(names)
            if count > MOST_LOOKED_AT:
                return


ALWAYS = (can_be_started, are_changed_by_one)
