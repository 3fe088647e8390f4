"""Whether a release that was just put works: asked in this process, while the site is closed."""
from __future__ import annotations

import io
import os
import sys

from ..hosting import manifest as manifests
from ..hosting.manifest import Manifest, ManifestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..config import Config
    from ..db import Database

# What a release can bring about by itself; other findings are none of its fault.
FINDINGS = frozenset({
    "database-unreachable", "link-planted", "migrations-pending", "package-missing", "script-mode",
    "script-name", "script-start", "settings-broken", "var-unwritable",
})
PAGES = ("/", "/account/signin")


def reds(config: Config, db: Database) -> set[str]:
    """The names of the doctor's grave findings that a release could bring about."""
    from .. import doctor

    return {finding.name for finding in doctor.quick(config, db)
            if finding.severity == doctor.RED and finding.name in FINDINGS}


def trouble(config: Config, db: Database, before: set[str]) -> str:
    """What is wrong with the release that is there now, as a sentence; empty where it works.

    `before` are the findings that were there already. Every script of the release is loaded, the
    doctor looks, and the front page is asked for. It takes a second or two.
    """
    from .. import doctor

    for sentence in _scripts(config):
        return sentence
    for finding in doctor.quick(config, db):
        if finding.severity == doctor.RED and finding.name in FINDINGS - before:
            return f"{finding.sentence} {finding.remedy}"
    for path in PAGES:
        sentence = _page(config, path)
        if sentence:
            return sentence
    return ""


def _scripts(config: Config) -> Iterator[str]:
    """A sentence for each script of the release that cannot be loaded; the owner's own are not."""
    from ..script import application_of

    try:
        files = Manifest.read(os.path.join(config.root, manifests.NAME)).files
    except (ManifestError, OSError) as error:
        yield str(error)
        return
    folder = os.path.join(config.root, "cgi-bin")
    for name, entry in sorted(files.items()):
        path = manifests.place(name, config.root, config.htdocs)
        if not name.startswith("private/cgi-bin/") or not name.endswith(".py"):
            continue
        try:
            if manifests.sha256_of(path) == entry.sha256:
                application_of(path, folder)
        except FileNotFoundError:
            pass                                  # its owner has deleted it
        except Exception as error:
            yield (f"{os.path.relpath(path, config.root)} cannot be loaded: "
                   f"{type(error).__name__}: {error}")


def _page(config: Config, path: str) -> str:
    """Why the site cannot answer for a page; empty where it can."""
    from urllib.parse import urlsplit

    from ..server.dispatch import Dispatcher

    base = urlsplit(str(config.site.base_url))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": base.netloc or "localhost", "REQUEST_URI": path, "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0), "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": base.scheme or "http", "wsgi.multithread": False,
        "wsgi.multiprocess": True, "wsgi.run_once": False, "chapbook.config": config,
    }
    said: list[str] = []
    body = Dispatcher(config.root)(environ, lambda status, headers: said.append(status))
    try:
        for _ in body:
            pass
    finally:
        if hasattr(body, "close"):
            body.close()
    if said[0] < "500":
        return ""
    return (f"The page {path} answers {said[0]}: "
            f"{environ.get('chapbook.failure', 'the log of errors has why')}")
