"""No query reads a whole table: whatever is asked is found by an index, however much there is."""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from chapbook import schema
from chapbook.config import Config
from chapbook.db import Row, connect
from chapbook.errors import DatabaseError

from tests.security.conftest import ROOT

# A change without a WHERE is the beginning of a statement, which the code goes on with.
WHOLE = re.compile(r"\s*(SELECT\b|(UPDATE|DELETE)\b.*\bWHERE\b)", re.S)
# Tables of as many rows as a site has forms, and the like.
SMALL = {"form_setting", "schema_step", "sqlite_master", "sqlite_sequence"}
READ_WHOLE = {
    ("accounts", "account"): "the columns alone, before a WHERE is put behind them",
    ("chores", "submission"): "cron asks for the names of all forms, by an index",
    ("eventlog", "account"): "who searches for a part of a name has all names looked at",
    ("inbox", "submission"): "the inbox counts what it has, form by form",
    ("outboxes", "outbox"): "how many mails there are in each state",
    ("submissions", "submission"): "the dashboard counts what is new",
    ("users", "account"): "the same search, and the number of accounts in each state",
}


def statements() -> Iterator[tuple[str, str]]:
    """The module of each constant of SQL in lib/, and its text."""
    for path in sorted((ROOT / "lib").rglob("*.py")):
        if not {"cli", "engines"}.isdisjoint(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if WHOLE.match(node.value):
                    yield path.stem, node.value


def test_no_query_reads_a_table_from_end_to_end(sqlite_config: Config) -> None:
    explained = 0
    with connect(sqlite_config) as db:
        schema.bring_up(db, sqlite_config)
        for module, sql in statements():
            names = set(re.findall(r":(\w+)", sql))
            try:
                plan = db.all("EXPLAIN QUERY PLAN " + sql, **dict.fromkeys(names, 1))
            except DatabaseError:
                continue                          # a part of a statement, or one for MySQL alone
            explained += 1
            for table in re.findall(r"^SCAN (?!CONSTANT)(\w+)", "\n".join(
                    step.detail for step in plan), re.M):
                if f") AS {table} " in sql or table.startswith("pragma_"):
                    continue                      # a part of the statement; how tables are
                assert table in SMALL or (module, table) in READ_WHOLE, f"{module}: {sql}"
    assert explained > 100


def test_both_databases_have_the_same_indexes(
    sqlite_config: Config, mysql_config: Config
) -> None:
    def columns(rows: list[Row]) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for row in rows:
            key = row.table, row.name
            found[key] = f"{found[key]}, {row.column}" if key in found else row.column
        return found

    with connect(sqlite_config) as db, connect(mysql_config) as other:
        schema.bring_up(db, sqlite_config)
        schema.bring_up(other, mysql_config)
        here = set(columns(db.all(
            'SELECT m.name AS "table", i.name AS name, c.name AS "column" FROM sqlite_master m'
            " JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c"
            " WHERE m.type = 'table' ORDER BY m.name, i.name, c.seqno")).items())
        there = set(columns(other.all(
            "SELECT table_name AS `table`, index_name AS name, column_name AS `column`"
            " FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " ORDER BY table_name, index_name, seq_in_index")).items())
    for (table, name), of in here:
        assert any(table == known and f"{have}, ".startswith(f"{of}, ")
                   for (known, _), have in there), f"MySQL has no index like {table}.{name} ({of})"
