"""Time zones: those that people may choose."""
from __future__ import annotations

import zoneinfo

from collection import timezones


def test_each_is_in_its_part_of_the_world_and_this_machine_knows_it():
    regions = dict(timezones.by_region())
    assert list(regions) == [region for region in timezones.REGIONS if region in regions]
    assert ("Europe/Oslo", "Oslo") in regions["Europe"]
    assert ("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires") in regions["America"]
    for zones in regions.values():
        assert zones == sorted(zones)
        for name, _ in zones:
            zoneinfo.ZoneInfo(name)


def test_one_that_was_chosen_stays_among_them():
    assert ("Europe/Old_Town", "Old Town") in dict(timezones.by_region("Europe/Old_Town"))["Europe"]
    assert timezones.by_region("UTC") == timezones.by_region() == timezones.by_region("x/y")


def test_without_the_table_the_zones_themselves_are_looked_for(monkeypatch):
    monkeypatch.setattr(timezones, "TABLE", "none.tab")
    assert ("Europe/Oslo", "Oslo") in dict(timezones.by_region())["Europe"]
