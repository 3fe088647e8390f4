"""The settings of a backup, for another site or this one: what belongs to the place stays.

The database and its password, the folders, and the address are of the site that is restored into;
so is the password of its mail server, unless the backup names that very server.
"""
from __future__ import annotations

import os
import tempfile

from .. import config as configuration
from .. import ini, settings
from ..archive import BadArchive
from ..errors import ConfigError
from . import work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..settings import Plan

SECTIONS = ("database", "paths")
OPTIONS = frozenset({
    ("site", "base_url"), ("site", "hosts"), ("site", "proxies"), ("site", "debug"),
    ("mail", "sendmail"), ("mail", "folder"),     # programs and paths of this machine
    ("scripts", "variables"),                     # and what its web server knows
})


def taken(path: str) -> bytes:
    """The text of a settings file for a backup: without the password of the database, which opens
    nothing elsewhere. ConfigError for a file that is none."""
    found = ini.read(path)
    with open(path, "rb") as file:
        text = file.read().decode("utf-8")
    if found.get("database", {}).get("password"):
        text = settings.with_value(text, "database", "password", "")
    return text.encode()


def plan(config: Config, text: bytes) -> tuple[Plan, list[str]]:
    """What site.ini is to be, and what was left out of it, in sentences.

    An option that this release does not know is left out; those that the backup does not set stay
    as they are here. BadArchive for a text that is no settings file.
    """
    changes: dict[str, dict[str, str]] = {}
    skipped = []
    for section, options in _read(text, work.folder(config)).items():
        if section in SECTIONS:
            continue
        for option, value in options.items():
            if (section, option) in OPTIONS:
                continue
            try:
                configuration.load(None, {section: {option: value}}, config.root)
            except ConfigError:
                skipped.append(f"The setting [{section}] {option} is not of this release, and was "
                               "left out.")
            else:
                changes.setdefault(section, {})[option] = value
    mail = changes.get("mail", {})
    here = {"host": config.mail.host, "port": config.mail.port, "tls": config.mail.tls}
    if any(option in mail and mail[option] != str(value) for option, value in here.items()):
        # The password of here is not for another server.
        mail.update({option: mail.get(option, "") for option in ("user", "password")})
    return settings.plan(config, changes, settings.fingerprint(config)), skipped


def _read(text: bytes, folder: str) -> dict[str, dict[str, str]]:
    handle, path = tempfile.mkstemp(dir=folder)   # 0600: there are passwords in it
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        return ini.read(path)
    except ConfigError as error:
        raise BadArchive("The settings in the backup are no settings: "
                         f"{str(error).replace(path, 'site.ini')}") from error
    finally:
        os.unlink(path)
