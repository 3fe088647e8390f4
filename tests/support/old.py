"""Old scripts of many habits: tests/servers/old/, for a site's cgi-bin/."""
from __future__ import annotations

import shutil

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
