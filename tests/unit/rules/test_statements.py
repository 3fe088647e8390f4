"""SQL in the code of a site: what is found beyond the examples of docs/rules.md."""
from __future__ import annotations

import pytest

from chapbook.cli.rules import Lint
from chapbook.cli.rules.keys import unique
from chapbook.cli.rules.statements import order

KEYS = unique(["""
    -- A comment, with UNIQUE (nothing)
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 3 AND 254),
        at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE part (
        entry_id INTEGER NOT NULL, place INTEGER, note TEXT, code TEXT,
        PRIMARY KEY (entry_id, place), UNIQUE KEY by_note (note)
    );
    CREATE UNIQUE INDEX part_code ON part (code);
"""])


def test_the_keys_of_a_table_are_read_from_its_sql() -> None:
    assert KEYS == {
        "entry": [frozenset({"id"}), frozenset({"slug"})],
        "part": [frozenset({"entry_id", "place"}), frozenset({"note"}), frozenset({"code"})],
    }


@pytest.mark.parametrize("sql", [
    "SELECT at FROM entry ORDER BY at DESC, id DESC",
    "SELECT at FROM entry ORDER BY slug",
    "SELECT at FROM entry e ORDER BY e.at, e.id",
    "SELECT note FROM part ORDER BY entry_id, place",
    "SELECT note FROM part WHERE entry_id = :id ORDER BY place",
    "SELECT at, COUNT(*) FROM entry GROUP BY at ORDER BY at",
    "SELECT DISTINCT at FROM entry ORDER BY at",
    "SELECT 1 FROM entry WHERE at = :at LIMIT 1",
    "SELECT MAX(id) FROM entry",
    "SELECT at FROM entry",
    "SELECT x FROM elsewhere ORDER BY x",
    "SELECT e.at FROM entry e JOIN part p ON p.entry_id = e.id ORDER BY p.code",
    "DELETE FROM entry WHERE id = :id",
])
def test_an_order_that_leaves_nothing_open_is_fine(sql: str) -> None:
    assert not order(sql, KEYS)


@pytest.mark.parametrize("sql", [
    "SELECT at FROM entry ORDER BY at",
    "SELECT note FROM part ORDER BY place",
    "SELECT note FROM part WHERE entry_id > :id ORDER BY place",
    "SELECT note FROM part WHERE note <> 'entry_id = 1' ORDER BY place",
    "SELECT at, slug, COUNT(*) FROM entry GROUP BY at, slug ORDER BY at",
    "SELECT DISTINCT at, slug FROM entry ORDER BY at",
    "SELECT (SELECT id FROM part ORDER BY code) FROM entry ORDER BY at",
    "SELECT at FROM entry LIMIT :most",
])
def test_an_order_that_leaves_something_open_is_found(sql: str) -> None:
    assert order(sql, KEYS)


@pytest.fixture
def lint(tmp_path) -> Lint:
    return Lint(str(tmp_path))


@pytest.mark.parametrize("line", [
    "request.db.run('DELETE FROM entry WHERE id = ' + id)",
    "request.db.all('SELECT id FROM entry WHERE id IN (%s)' % ', '.join(ids))",
    "db.transact(store, f'INSERT INTO entry (at) VALUES ({id})')",
    "sql = 'UPDATE entry SET at = {}'.format(id)",
    "sql = f'SELECT at FROM entry WHERE id = {id}'",
    "connection.execute(sql)",
    "db.cursor().execute('PRAGMA ' + id)",
    "connect(config).value(f'{id}')",
    "db.one(sql=id)",
])
def test_text_that_becomes_sql_is_found_wherever_it_goes(line: str, lint: Lint) -> None:
    code = f"def f(request, db, connection, id, ids, sql, config):\n    {line}\n"
    assert [each.rule for each in lint.findings("lib/collection/a.py", code)] == ["sql-text"]


@pytest.mark.parametrize("line", [
    "request.query.all(id)",
    "rows.insert(0, id)",
    "subprocess.run(id)",
    "raise ValueError(f'Select an entry: {id}')",
    "db.transact(store, id)",
])
def test_what_is_no_sql_is_not_found(line: str, lint: Lint) -> None:
    code = f"import subprocess\ndef f(request, db, rows, id, store):\n    {line}\n"
    assert not [*lint.findings("lib/collection/a.py", code)]


def test_a_constant_of_another_module_is_followed(tmp_path) -> None:
    (tmp_path / "lib/collection").mkdir(parents=True)
    (tmp_path / "lib/collection/columns.py").write_text("ALL = 'id, at'\nSOME = input()\n")
    code = ("from collection import columns\nfrom .columns import ALL, SOME\ndef f(db):\n"
            "    db.all(f'SELECT {ALL} FROM entry')\n"
            "    db.all(f'SELECT {columns.ALL} FROM entry')\n"
            "    db.all(f'SELECT {SOME} FROM entry')\n")
    found = [*Lint(str(tmp_path)).findings("lib/collection/a.py", code)]
    assert [(each.line, each.rule) for each in found] == [(6, "sql-text")]
