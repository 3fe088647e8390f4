"""A backup that was changed, damaged or made up is refused as a whole: the site is as it was."""
from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook import config as configuration
from chapbook.archive import BadArchive
from chapbook.backup import making, manifest, restoring, work
from chapbook.config import Config
from chapbook.errors import ConfigError

from tests.support import backups
from tests.support.zips import zipped

Members = dict[str, bytes]
ACCOUNTS = "tables/account/00001.jsonl"
THINGS = "tables/own_thing/00001.jsonl"


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, Members, str]]:
    """A site, the members of a good backup of it, and the site's check sum."""
    top = tmp_path_factory.mktemp("victim")
    config = backups.settle(configuration.load(None, {
        "database": {"engine": "sqlite", "file": str(top / "site.sqlite")}}), top)
    backups.make(config)
    backups.fill(config)
    config.file = str(top / "site.ini")
    Path(config.file).write_text("[site]\ntitle = Mine\n")
    Path(config.file).chmod(0o600)
    with zipfile.ZipFile(making.make(config)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    yield config, members, backups.checksum(config)


def listed(members: Members, change: Callable[[dict[str, Any]], object] = lambda list: None,
           ) -> bytes:
    """The members as a backup whose sums are right, with another list."""
    found = json.loads(members[manifest.NAME])
    found["sums"] = {name: hashlib.sha256(data).hexdigest()
                     for name, data in members.items() if name != manifest.NAME}
    change(found)
    return zipped({**members, manifest.NAME: json.dumps(found).encode()})


def table(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["tables"] if one["name"] == name)


def rows(members: Members, change: Callable[[list[Any]], object], part: str = THINGS) -> bytes:
    """The same with other rows in one table."""
    lines = [json.loads(line) for line in members[part].splitlines()]
    change(lines)
    return listed({**members, part: b"".join(json.dumps(row).encode() + b"\n" for row in lines)})


def text(members: Members, data: bytes) -> bytes:
    """The same with other bytes for the rows of one table."""
    return listed({**members, THINGS: data})


def put(row: int, column: int, value: object) -> Callable[[Members], bytes]:
    """A case: one value of one row is another."""
    def case(members: Members) -> bytes:
        return rows(members, lambda lines: lines[row].__setitem__(column, value))
    return case


def of_list(change: Callable[[dict[str, Any]], object]) -> Callable[[Members], bytes]:
    """A case: the list says something else."""
    return lambda members: listed(members, change)


CASES: dict[str, tuple[Callable[[Members], bytes], str]] = {
    "no-list": (lambda m: zipped({"a": b"x"}), "no backup of Chapbook"),
    "a-list-that-is-no-json": (lambda m: zipped({**m, "manifest.json": b"{"}), "cannot be read"),
    "a-list-of-brackets": (lambda m: zipped({**m, "manifest.json": b"[" * 10**6}), "nested"),
    "a-list-of-nothing": (lambda m: zipped({**m, "manifest.json": b"null"}), "as Chapbook writes"),
    "a-later-format": (of_list(lambda f: f.update(format=2)), "later Chapbook"),
    "a-step-of-a-later-release": (of_list(lambda f: f["steps"].append(["account", 999])),
                                  "'account', step 999"),
    "a-step-without-the-one-before-it": (
        of_list(lambda f: f["steps"].remove(["guestbook", 1])), "not all that its tables have had"),
    "a-member-too-many": (lambda m: zipped({**m, "files/uploads/x": b"x"}), "into it"),
    "a-member-that-no-backup-has": (lambda m: listed({**m, "lib/evil.py": b"x"}), "no backup has"),
    "a-member-too-few": (lambda m: zipped({k: v for k, v in m.items() if k != THINGS}),
                         "missing in the file"),
    "an-upload-outside": (lambda m: listed({**m, "files/uploads/../../lib/x.py": b"x"}),
                          "no name for a file"),
    "an-upload-that-is-the-folder": (lambda m: listed({**m, "files/uploads/": b""}),
                                     "its own list|no backup has|as Chapbook"),
    "an-upload-in-our-own-folder": (
        lambda m: listed({**m, "files/uploads/.restored/x": b"x"}), "no backup has"),
    "an-upload-that-tells-the-web-server": (
        lambda m: listed({**m, "files/uploads/forms/.htaccess": b"SetHandler cgi-script"}),
        "no backup has"),
    "changed-rows": (lambda m: zipped({**m, THINGS: m[THINGS].replace(b"plain", b"plein")}),
                     "check sum"),
    "changed-uploads": (lambda m: zipped({**m, "files/uploads/pictures/ab.jpg": b"JPEX"}),
                        "check sum"),
    "a-part-of-two-tables": (of_list(lambda f: table(f, "own_pair")["parts"].append(THINGS)),
                             "twice"),
    "a-table-twice": (of_list(lambda f: f["tables"].append(f["tables"][0])), "twice"),
    "settings-as-a-table": (of_list(lambda f: table(f, "own_empty").update(
        parts=["settings/site.ini"])), "something else for a table"),
    "an-unknown-table": (of_list(lambda f: f["tables"].append(
        {"name": "nobodys", "columns": [["a", "int"]], "next_id": None, "rows": 0, "parts": []})),
        "this site has none"),
    "a-table-that-no-backup-has": (of_list(lambda f: f["tables"].append(
        {"name": "session", "columns": [["id", "int"]], "next_id": None, "rows": 0, "parts": []})),
        "no backup has"),
    "a-table-of-sqlite": (of_list(lambda f: f["tables"].append(
        {"name": "sqlite_master", "columns": [["a", "int"]], "next_id": None, "rows": 0,
         "parts": []})), "which cannot be"),
    "an-unknown-column": (of_list(lambda f: table(f, "account")["columns"].append(
        ["is_god", "int"])), "a column 'is_god'"),
    "an-unknown-kind": (of_list(lambda f: table(f, "account").update(columns=[["id", "code"]])),
                        "as Chapbook writes"),
    "an-odd-name": (of_list(lambda f: table(f, "own_empty").update(name='x"; DROP TABLE account')),
                    "this site has none"),
    "a-row-too-few": (lambda m: rows(m, lambda lines: lines.pop()), "its list says"),
    "a-row-too-short": (lambda m: rows(m, lambda lines: lines[0].pop()), "has not"),
    "a-row-that-is-none": (lambda m: text(m, b'{"id": 1}\n'), "has not"),
    "a-row-too-many": (lambda m: rows(m, lambda lines: lines.append(lines[0])), "its list says"),
    "a-row-twice": (lambda m: rows(m, lambda lines: lines.append(lines[0]), ACCOUNTS),
                    "is refused by"),
    "text-for-a-number": (put(0, 0, "1"), "no int"),
    "a-number-for-text": (put(0, 1, 7), "no text"),
    "nothing-where-there-must-be": (lambda m: rows(
        m, lambda lines: lines[0].__setitem__(3, None), ACCOUNTS), "is refused by"),
    "nothing-in-a-page's-own-table": (put(0, 1, None), "does not take the rows"),
    "true-for-a-number": (put(0, 2, True), "of no kind"),
    "a-list-for-a-number": (put(0, 2, [1]), "of no kind"),
    "a-huge-number": (put(0, 2, 2**63), "64 bits"),
    "a-number-of-thousands-of-digits": (
        lambda m: text(m, b"[" + b"9" * 5000 + b"]\n"), "cannot be read"),
    "a-fraction": (lambda m: text(m, b"[1.5]\n"), "whole number"),
    "bytes-that-are-none": (put(0, 3, {"b": "***"}), "cannot be read"),
    "not-a-number": (put(0, 5, {"f": "nan"}), "is none"),
    "infinity": (put(0, 5, {"f": "inf"}), "is none"),
    "two-in-one": (put(0, 3, {"b": "", "f": "0x1p0"}), "of no kind"),
    "half-a-character": (put(0, 1, "\ud800"), "half a character"),
    "a-row-of-brackets": (lambda m: text(m, b"[" * 100_000 + b"\n"), "nested"),
    "a-row-of-small-lists": (lambda m: text(m, b"[" + b"[]," * 50_000 + b"1]\n"), "nested"),
    "a-row-of-small-numbers": (lambda m: text(m, b"[" + b"0," * 50_000 + b"1]\n"), "more values"),
    "a-list-of-small-lists": (lambda m: zipped({
        **m, "manifest.json": b"[" + b"[]," * 300_000 + b"1]"}), "more lists"),
    "a-row-without-end": (lambda m: text(m, b"[1]"), "does not end"),
    "no-utf-8": (lambda m: text(m, b'["\xff"]\n'), "UTF-8"),
    "rows-that-point-to-nothing": (lambda m: rows(
        m, lambda lines: lines[0].__setitem__(0, 99), "tables/recovery_code/00001.jsonl"),
        "are not there"),
    "rows-of-a-page's-own-that-do": (put(1, 6, 999), "would point to nothing"),
    "settings-that-are-none": (lambda m: listed({**m, "settings/site.ini": b"nonsense\n"}),
                               "are no settings"),
    "a-role-that-there-is-not": (lambda m: rows(
        m, lambda lines: lines[0].__setitem__(4, "god"), ACCOUNTS),
        "is refused by"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_and_nothing_is_changed(
    case: str, victim: tuple[Config, Members, str], tmp_path: Path
) -> None:
    config, members, before = victim
    make, words = CASES[case]
    path = tmp_path / "hostile.zip"
    path.write_bytes(make(members))
    with pytest.raises((BadArchive, ConfigError), match=words) as caught:
        restoring.restore(config, str(path), settings=True)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500
    assert backups.checksum(config) == before
    assert Path(config.file).read_text() == "[site]\ntitle = Mine\n"
    assert work.state(config) is None and not (tmp_path / "var/maintenance").exists()
    assert not list(Path(config.path(config.paths.uploads)).glob(".*"))


def test_the_good_one_that_all_were_made_from_is_taken(
    victim: tuple[Config, Members, str], tmp_path: Path
) -> None:
    config, members, _ = victim
    (tmp_path / "good.zip").write_bytes(listed(members))
    restoring.restore(config, str(tmp_path / "good.zip"))


def test_an_endless_row_is_not_read_into_memory(
    victim: tuple[Config, Members, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chapbook.backup import values

    monkeypatch.setattr(values, "LONGEST", 1 << 20)
    config, members, _ = victim
    path = tmp_path / "long.zip"
    path.write_bytes(text(members, b'["' + b"x" * (3 << 20) + b'"]\n'))
    with pytest.raises(BadArchive, match="does not end"):
        restoring.restore(config, str(path))


def test_a_row_that_only_the_other_database_refuses_undoes_all(
    victim: tuple[Config, Members, str], mysql_config: Config, tmp_path: Path
) -> None:
    _, members, _ = victim
    config = backups.settle(mysql_config, tmp_path)
    backups.make(config)
    backups.fill(config)
    before = backups.checksum(config)
    path = tmp_path / "long.zip"
    path.write_bytes(rows(members, lambda lines: lines[5].__setitem__(0, "x" * 101),
                          "tables/own_pair/00001.jsonl"))
    with pytest.raises(ConfigError, match="is as it was.*own|is as it was.*Data too long"):
        restoring.restore(config, str(path))
    assert backups.checksum(config) == before
    assert not Path(config.path("var", "maintenance")).exists()
