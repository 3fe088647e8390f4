"""Schema steps under kill -9 and under limits of time, and eight ./chapbook migrate at once."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from chapbook import db, schema
from chapbook.config import ROOT, Config
from chapbook.engines import open_session

from tests.support.dying import dies

SHAPE = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master"
              " WHERE name <> 'schema_step' ORDER BY type, name",
    "mysql": "SELECT table_name, column_name, column_type, is_nullable, column_default,"
             " column_key, extra FROM information_schema.columns"
             " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position",
}
INDEXES = ("SELECT table_name, index_name, seq_in_index, column_name, non_unique"
           " FROM information_schema.statistics WHERE table_schema = DATABASE()"
           " ORDER BY table_name, index_name, seq_in_index")


def shape(config: Config) -> list[Any]:
    """How the tables of a database are made."""
    with db.connect(config) as base:
        found = [tuple(row.values()) for row in base.all(SHAPE[base.engine])]
        if base.engine == "mysql":
            found += [tuple(row.values()) for row in base.all(INDEXES)]
        found += [tuple(row.values()) for row in base.all(
            "SELECT subject, number, checksum FROM schema_step ORDER BY subject, number")]
    return found


def emptied(config: Config) -> None:
    """Drop all tables."""
    with db.connect(config) as base:
        names = [row.table_name for row in base.all(
            "SELECT table_name AS table_name FROM information_schema.tables"
            " WHERE table_schema = DATABASE() ORDER BY table_name")]
    session = open_session(config, migrating=True)
    session.execute("SET foreign_key_checks = 0")
    for name in names:
        session.execute(f"DROP TABLE {name}")
    session.close()


def whole(config: Config) -> list[Any]:
    """How the tables are when nobody was killed; they are gone again then."""
    with db.connect(config) as base:
        schema.bring_up(base, config)
    found = shape(config)
    if config.database.engine == "mysql":
        emptied(config)
    else:
        file = config.path(config.database.file)
        for ending in ("", "-wal", "-shm"):
            Path(file + ending).unlink(missing_ok=True)
    return found


def test_a_kill_after_any_statement_leaves_steps_that_can_be_run_again(
    database_config: Config
) -> None:
    wanted = whole(database_config)

    def bring_up() -> None:
        with db.connect(database_config) as base:
            schema.bring_up(base, database_config, 0.0)

    probe = open_session(database_config, migrating=True)
    moments: list[tuple[Any, str]] = [(type(probe), "execute"), (type(probe), "change"),
                                      (type(probe), "commit")]
    probe.close()
    killed = number = 0
    while True:
        with db.connect(database_config) as base:
            before = schema.left(base, database_config)
        if not before:
            break
        # Each time one statement later, until the step is through; then from the next one's first.
        number += 1
        if dies(bring_up, moments, number):
            killed += 1
        with db.connect(database_config) as base:
            if len(schema.left(base, database_config)) < len(before):
                number = 0
        assert killed < 300
    assert shape(database_config) == wanted
    assert killed > 30


def test_as_many_steps_as_the_time_allows_and_the_rest_the_next_time(
    database_config: Config
) -> None:
    with db.connect(database_config) as base:
        steps = schema.left(base, database_config)
        done = []
        while schema.left(base, database_config):
            done.append(schema.bring_up(base, database_config, 0.0))
        assert [len(some) for some in done] == [1] * len(steps)
        assert [name for some in done for name in some] == steps
        assert schema.bring_up(base, database_config, 0.0) == []
        assert {f"{subject}.{number:03}" for subject, number in schema.applied(base)} == set(steps)


def test_with_time_enough_all_steps_are_applied_at_once(sqlite_config: Config) -> None:
    with db.connect(sqlite_config) as base:
        steps = schema.left(base, sqlite_config)
        assert schema.bring_up(base, sqlite_config, 60.0) == steps


def test_eight_commands_at_once_apply_each_step_once(
    database_config: Config, tmp_path: Path
) -> None:
    root = tmp_path / "site"
    shutil.copytree(os.path.join(ROOT, "lib"), root / "lib",
                    ignore=shutil.ignore_patterns("__pycache__"))
    lines = ["[database]", *(f"{name} = {value}" for name, value in
                             vars(database_config.database).items()
                             if name in ("engine", "file", "host", "port", "name", "user",
                                         "password"))]
    (root / "site.ini").write_text("\n".join(lines), "utf-8")
    (root / "site.ini").chmod(0o600)
    command = [sys.executable, "-P", "-m", "chapbook.cli", "migrate"]
    started = [subprocess.Popen(command, env={"PYTHONPATH": str(root / "lib"), "LC_ALL": "C.UTF-8"},
                                cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(8)]
    said = [process.communicate(timeout=120) for process in started]
    assert [errors for _, errors in said] == [""] * 8
    assert [process.returncode for process in started] == [0] * 8
    applied = Counter(line for output, _ in said for line in output.splitlines()
                      if line.endswith(" applied."))
    with db.connect(database_config) as base:
        assert len(applied) == base.value("SELECT COUNT(*) FROM schema_step")
        assert schema.left(base, database_config) == []
        now = base.value("SELECT MAX(applied_at) FROM schema_step")
        assert abs(now - time.time()) < 120
    assert set(applied.values()) == {1}
