"""The time zones that somebody may choose, by the parts of the world."""
from __future__ import annotations

import os

REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
           "Indian", "Pacific")
TABLE = "zone.tab"            # beside the zones: of each, where people have it


def by_region(chosen: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """For each region its zones, as pairs of the IANA name and what to call it: ("Europe/Oslo",
    "Oslo"). One that was chosen before is among them, though it has another name by now."""
    regions: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    names = set(_names())
    if chosen.partition("/")[0] in regions:
        names.add(chosen)
    for name in sorted(names):
        region, _, place = name.partition("/")
        if place and region in regions:
            regions[region].append((name, place.replace("_", " ").replace("/", ", ")))
    return [(region, zones) for region, zones in regions.items() if zones]


def _names() -> list[str]:
    """The names of the table; looking into every file for a zone takes twenty times as long."""
    import zoneinfo

    for folder in zoneinfo.TZPATH:
        try:
            with open(os.path.join(folder, TABLE), encoding="utf-8") as table:
                return _column(table.read())
        except OSError:
            pass
    return [name for name in zoneinfo.available_timezones() if "/" in name]


def _column(table: str) -> list[str]:
    rows = [line.split("\t") for line in table.splitlines() if line[:1] not in ("", "#")]
    return [row[2] for row in rows if len(row) > 2]
