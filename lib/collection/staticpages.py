"""The static pages of htdocs/ by name, for the forms that are in them.

A page is found by looking for its name in the listing of a folder: no path is made of what a
visitor sends.
"""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.config import Config

ENDINGS = (".html", ".htm")
NAME_MAX = 191                # characters, as in the tables


def found(config: Config, name: str) -> str | None:
    """The file of a page below htdocs/, "club/join.html" for the name "club/join"; None for none.

    Names are as they are written, capitals too; what begins with a dot is nobody's business.
    """
    *folders, last = name.split("/")
    if len(name) > NAME_MAX:
        return None
    folder = config.htdocs
    for wanted in folders:
        folder = _listed(folder, wanted, folders=True) or ""
        if not folder:
            return None
    for ending in ENDINGS:
        if _listed(folder, last + ending, folders=False):
            return name + ending
    return None


def text(config: Config, file: str) -> str:
    """The HTML of a page that was found: UTF-8, or else what browsers took old pages for.

    What is typed into such an old page comes as UTF-8 only if its form says accept-charset="utf-8".
    """
    with open(os.path.join(config.htdocs, file), "rb") as opened:
        data = opened.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _listed(folder: str, wanted: str, folders: bool) -> str | None:
    """The path of an entry of a folder, by its own listing."""
    if wanted.startswith("."):
        return None
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == wanted and (entry.is_dir() if folders else entry.is_file()):
                    return entry.path
    except OSError:
        pass                                  # not ours to read
    return None
