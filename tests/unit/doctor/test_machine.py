"""The machine: an old Python, packages that are missing; and nothing else with each."""
from __future__ import annotations

import sys
from calendar import timegm

import pytest

from chapbook.doctor import machine
from chapbook.doctor.place import Place

from tests.support.sound import Sound


def test_a_python_that_gets_no_more_repairs(sound: Sound) -> None:
    version = (sys.version_info[0], sys.version_info[1])
    end = timegm((*machine.ENDS[version], 0, 0, 0))
    assert not list(machine.python_is_kept_up(Place(str(sound.root), now=end - 1)))
    found = [finding.name for finding in
             machine.python_is_kept_up(Place(str(sound.root), now=end + 1))]
    assert found == ["python-old"]


@pytest.mark.parametrize(("module", "name"), [
    ("argon2", "argon2-missing"), ("jinja2", "package-missing"), ("segno", "package-missing")])
def test_a_package_that_is_missing(
    sound: Sound, module: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert sound.names() == [name]


def test_the_driver_of_mysql_is_not_needed_for_sqlite(
    sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    assert sound.names() == []
