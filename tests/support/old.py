"""Old scripts of many habits: tests/servers/old/, for a site's cgi-bin/."""
from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.sites import TREE, Site


def put(site: Site) -> None:
    """Put them there as they are."""
    for script in sorted((TREE / "tests/servers/old").iterdir()):
        target = site.root / "cgi-bin" / script.name
        if script.is_file():
            shutil.copy(script, target)
            target.chmod(0o755)
    site.drop("htdocs/thanks-page.html", "<!doctype html><title>Thanks</title><p>Thank you!")
    site.give_away()


def lives(group: int) -> bool:
    """Whether a process of this group is left; one that nobody has taken notice of is not."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue                              # it has ended meanwhile
        if int(fields[2]) == group and fields[0] not in "ZX":
            return True
    return False
