"""Whether the user as whom scripts run can get at a file: every folder on its way, and itself."""
from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .place import Place


def closed(place: Place, path: str, wanted: int = os.X_OK) -> str:
    """The first folder on the way to `path`, or itself, that the scripts' user cannot use.

    Empty where all is open. Both the way as it is written and where links lead count. `wanted`
    (os.R_OK, os.W_OK, os.X_OK) is what the user needs of the last; folders on the way must let
    pass. Lists of rights beyond the mode (ACLs) are seen only where the doctor runs as that user.
    """
    for way in dict.fromkeys((os.path.abspath(path), os.path.realpath(path))):
        parts = way.strip("/").split("/")
        for count in range(len(parts) + 1):
            at = "/" + "/".join(parts[:count])
            need = wanted if count == len(parts) else os.X_OK
            if not _may(place, at, need):
                return at
    return ""


def _may(place: Place, path: str, need: int) -> bool:
    if place.user == os.geteuid():
        return os.access(path, need, effective_ids=os.access in os.supports_effective_ids)
    try:
        found = os.stat(path)
    except OSError:
        return False
    if place.user == 0:
        return need != os.X_OK or stat.S_ISDIR(found.st_mode) or bool(found.st_mode & 0o111)
    if found.st_uid == place.user:
        return found.st_mode >> 6 & need == need
    if found.st_gid in _groups(place):
        return found.st_mode >> 3 & need == need
    return found.st_mode & need == need


def _groups(place: Place) -> list[int]:
    import pwd

    try:
        account = pwd.getpwuid(place.user)
    except KeyError:
        return []
    return os.getgrouplist(account.pw_name, account.pw_gid)
