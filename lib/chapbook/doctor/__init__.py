"""The doctor: what is wrong with this installation, and what to do about it, in plain words.

    for finding in doctor.quick(request.config, request.db):
        ...finding.severity, finding.sentence, finding.remedy

`examine` looks at everything; with `deploy` it demands what a public site needs, and asks the
running site. Nothing is changed but for two files that are there while the site is asked for them.
"""
from __future__ import annotations

from .findings import AMBER, EXPLAINING, RED, SEVERITIES, Finding, gathered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ..config import Config
    from ..db import Database
    from .needed import Requirement
    from .place import Place

__all__ = ["AMBER", "RED", "SEVERITIES", "Finding", "examine", "gathered", "here", "quick",
           "requirements"]


def requirements(root: str) -> list[Requirement]:
    """What a site needs of its host, whether met or not: before there are settings or a database.

    It is asked in the process of a page, and so tells of that process: its Python, its letters,
    how many processes and threads it gets. Each has a `title`, a `severity` ("ok", "amber", "red")
    and the `findings` behind it. It takes some 50 ms, and writes nothing.
    """
    from . import needed
    from .place import Place

    return needed.met(Place(root))


def quick(config: Config, db: Database) -> list[Finding]:
    """What can be found in milliseconds, without the network: for a page of administrators.

    The red ones come first. It reads settings, the modes of files, and a few rows; it writes
    nothing, and what is wrong with the site is a finding, not an error.
    """
    from . import database, files, letters, machine, options, scripts, starts
    from .place import Place

    return gathered(
        (*options.ALWAYS, *options.DEPLOYED, *letters.DEPLOYED, *files.ALWAYS, *scripts.ALWAYS,
         *starts.ALWAYS, *machine.ALWAYS, database.quick), Place(config.root, config, db))


def examine(
    root: str, *, deploy: bool = False, offline: bool = False, url: str = "", plain: str = "",
    db: Database | None = None, now: float | None = None,
) -> list[Finding]:
    """All that is wrong with the installation in this folder, the red findings first.

    With `deploy`, what a public site needs is demanded too, and unless `offline`, the mail server
    is greeted and the running site asked at `url` (without it, at its base_url) and at `plain`, its
    address without encryption (without it, port 80). ConfigError where `url` or `plain` is no
    address. `db` is an open database, if there is one; `now` Unix seconds.
    """
    from . import bytecode, database, files, letters, machine, options, pages, scripts, starts
    from .place import Place

    place = Place(root, db=db, now=now)
    checks = [*options.ALWAYS, *files.ALWAYS, scripts.are_whole, *scripts.ALWAYS,
              *starts.ALWAYS, *pages.ALWAYS, *machine.ALWAYS, *bytecode.ALWAYS]
    if not deploy:
        return gathered([*checks, database.whole], place)
    if place.problem is None:                     # else these would speak of the defaults
        checks += [*options.DEPLOYED, *letters.DEPLOYED]
    found = gathered([*checks, database.deployed], place)
    if not offline:
        found += gathered(letters.ASKING, place)
        url = url or str(place.config.site.base_url)
    if url and not offline:
        found += _new(_asked(place, url, plain), found)
        found = _read(place, found)
    return sorted(found, key=lambda finding: finding.severity != RED)


def here(root: str, environ: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the installation in this folder, seen from a page of its own.

    It asks no network, works without settings and without a database, and takes about a second.
    `environ` is that of the request.
    """
    from . import envoy, host
    from .place import Place

    place = Place(root)
    found = examine(root, deploy=True, offline=True)
    told = envoy.facts(environ)
    told["stale"] = sorted(told["stale"])
    found += _new([*host.of_process(place, told), *host.of_proxies(place, told)], found)
    return sorted(found, key=lambda finding: finding.severity != RED)


def _read(place: Place, found: list[Finding]) -> list[Finding]:
    """Where the site fails and nobody knows why, what its own log of the web server says."""
    if not {"site-fails", "other-site"} & {finding.name for finding in found}:
        return found
    from . import serverlog

    told = _new(serverlog.of_site(place), found)
    return [finding for finding in found if finding.name != "site-fails" or not told] + told


def _asked(place: Place, url: str, plain: str) -> Iterator[Finding]:
    """What the running site tells; nothing more where it stops answering halfway."""
    from . import canary, exposed, host, live, rules
    from .probe import Probe, Unreachable

    probe = Probe(url)
    try:
        canary.tidy(place)                        # an interrupted doctor may have left something,
        rules.top(place)                          # or an .htaccess aside
        fails = False
        for finding in live.examined(place, probe, plain):
            fails = fails or finding.name == "site-fails"
            yield finding
        if probe.is_ours:
            yield from host.examined(place, probe, fails)
            if fails:
                yield from rules.loops(place, probe)
            yield from exposed.examined(place, probe)
    except Unreachable as error:
        yield Finding(
            "site-unreachable", f"Halfway, the site stopped answering at {probe.base}. {error}",
            "Look whether the web server still runs, and whether it shuts out who asks often; then "
            "run the doctor again.")
    finally:
        probe.close()


def _new(asked: Iterable[Finding], found: list[Finding]) -> list[Finding]:
    """What the site told and was not known; that its first page fails only if nothing says why."""
    known = {finding.name for finding in found}
    new = {finding.name: finding for finding in asked if finding.name not in known}
    if not EXPLAINING.isdisjoint(known | set(new)):
        new.pop("site-fails", None)
        new.pop("cgi-off", None)
    return list(new.values())
