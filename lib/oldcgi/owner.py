"""Who may see what goes on inside an old script: the owner, in a shell or with [site] debug = yes.

Not whoever asks from this machine: behind a proxy that is everybody.
"""
from __future__ import annotations

import os

NOT_SHOWN = ("What would stand here is for the owner of this site, who finds it in its log, or "
             "here with debug = yes in site.ini.")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def may_see() -> bool:
    """Whether this is a shell, or a site whose site.ini says that visitors are its author."""
    if "GATEWAY_INTERFACE" not in os.environ:
        return True
    return setting("site", "debug", "no") == "yes"


def setting(section: str, option: str, default: str) -> str:
    """An option of site.ini as it stands there; the default where the file cannot be read."""
    from configparser import ConfigParser, Error

    settings = ConfigParser(interpolation=None, strict=False)
    try:
        settings.read(os.path.join(ROOT, "site.ini"), "utf-8")
        return settings.get(section, option, fallback=default).strip()
    except (Error, OSError, UnicodeDecodeError):
        return default
