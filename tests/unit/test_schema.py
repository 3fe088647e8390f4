"""Schema steps: applied once, in order, under a lock, on both engines."""
from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chapbook import schema
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import ConfigError, DatabaseError, Unavailable

from tests.support.tables import count, make
from tests.support.threads import together

CREATE = {
    "sqlite": "-- The things; all of them\nCREATE TABLE IF NOT EXISTS thing ("
              "id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT ';');\n",
    "mysql": "CREATE TABLE IF NOT EXISTS thing (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
             " name VARCHAR(80) NOT NULL DEFAULT ';') ENGINE=InnoDB;\n",
}
SEED = "INSERT INTO thing (name) VALUES ('one;'); INSERT INTO thing (name) VALUES ('two');\n"


def write(folder: Path, step: str, text: str | dict[str, str]) -> None:
    for engine in ("sqlite", "mysql"):
        script = text if isinstance(text, str) else text[engine]
        (folder / f"{step}.{engine}.sql").write_text(script)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two steps of one subject, the first makes a table and the second fills it."""
    path = tmp_path / "schema"
    path.mkdir()
    write(path, "things.001", CREATE)
    write(path, "things.002", SEED)
    (path / "README.md").write_text("not a step")
    return path


def test_steps_are_applied_once_and_in_order(db: Database, folder: Path) -> None:
    assert schema.pending(db, str(folder)) == ["things.001", "things.002"]
    assert schema.apply(db, str(folder)) == ["things.001", "things.002"]
    assert schema.pending(db, str(folder)) == schema.apply(db, str(folder)) == []
    assert [row.name for row in db.all("SELECT name FROM thing ORDER BY id")] == ["one;", "two"]
    write(folder, "things.003", "DELETE FROM thing;")
    write(folder, "a_subject.001", "INSERT INTO thing (name) VALUES ('three')")
    assert schema.apply(db, str(folder)) == ["a_subject.001", "things.003"]
    assert count(db) == 0
    rows = db.all("SELECT subject, number, applied_at FROM schema_step ORDER BY subject, number")
    assert [(row.subject, row.number) for row in rows] == [
        ("a_subject", 1), ("things", 1), ("things", 2), ("things", 3)]
    assert all(type(row.applied_at) is int for row in rows)


def test_a_step_that_was_changed_later_is_refused(db: Database, folder: Path) -> None:
    schema.apply(db, str(folder))
    write(folder, "things.002", SEED + "DELETE FROM thing;")
    for act in (schema.pending, schema.apply):
        with pytest.raises(ConfigError, match="things.002.*write a new number"):
            act(db, str(folder))
    assert count(db) == 2


def test_other_line_ends_are_no_change(db: Database, folder: Path) -> None:
    schema.apply(db, str(folder))
    for file in folder.glob("*.sql"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert schema.pending(db, str(folder)) == []


def test_a_step_that_fails_names_its_file_and_can_be_repaired(db: Database, folder: Path) -> None:
    write(folder, "things.002", "UPDATE thing SET nothing = 1")
    with pytest.raises(DatabaseError) as caught:
        schema.apply(db, str(folder))
    assert f"things.002.{db.engine}.sql" in caught.value.detail
    assert "UPDATE thing SET nothing" in caught.value.detail
    write(folder, "things.002", SEED)
    assert schema.apply(db, str(folder))[-1] == "things.002"
    assert count(db) == 2
    write(folder, "things.003", "SELECT 'unclosed")
    with pytest.raises(DatabaseError, match="things.003.*unclosed"):
        schema.apply(db, str(folder))


def test_sqlite_keeps_all_steps_or_none(sqlite_config: Config, folder: Path) -> None:
    write(folder, "things.002", "UPDATE thing SET nothing = 1")
    with connect(sqlite_config) as db:
        with pytest.raises(DatabaseError):
            schema.apply(db, str(folder))
        assert schema.pending(db, str(folder)) == ["things.001", "things.002"]


def test_a_step_may_not_leave_rows_that_point_nowhere(sqlite_config: Config, folder: Path) -> None:
    with connect(sqlite_config) as db:
        schema.apply(db, str(folder))
        write(folder, "things.003", "CREATE TABLE part (thing INTEGER REFERENCES thing (id));"
                                    "INSERT INTO part VALUES (99)")
        with pytest.raises(DatabaseError, match="point to nothing"):
            schema.apply(db, str(folder))
        assert schema.pending(db, str(folder)) == ["things.003"]


def test_a_step_for_one_engine_only_is_refused(db: Database, folder: Path) -> None:
    (folder / f"things.002.{db.engine}.sql").unlink()
    with pytest.raises(ConfigError, match=rf"no things.002.{db.engine}.sql"):
        schema.apply(db, str(folder))
    write(folder, "things.002", "-- nothing to do here\n")
    assert schema.apply(db, str(folder)) == ["things.001", "things.002"]


@pytest.mark.parametrize("name", ["things.1.sqlite.sql", "things.sql", "Things.001.mysql.sql",
                                  "things.001.postgres.sql"])
def test_an_odd_name_is_refused(name: str, sqlite_config: Config, folder: Path) -> None:
    (folder / name).write_text("")
    with connect(sqlite_config) as db, pytest.raises(ConfigError, match="has no name like"):
        schema.pending(db, str(folder))


def test_eight_threads_apply_once(database_config: Config, folder: Path) -> None:
    barrier = threading.Barrier(8)

    def visitor() -> list[str]:
        with connect(database_config) as own:
            barrier.wait(10)
            return schema.apply(own, str(folder))

    done = together(*[visitor] * 8)
    assert sorted(done) == [[]] * 7 + [["things.001", "things.002"]]
    with connect(database_config) as db:
        assert count(db) == 2


def test_eight_processes_apply_once(database_config: Config, folder: Path) -> None:
    options = {key: str(value) for key, value in vars(database_config.database).items()
               if key in ("engine", "file", "host", "port", "name", "user", "password")}
    code = ("import sys; from chapbook import config, db, schema;"
            f"c = config.load(None, {{'database': {options!r}}});"
            f"print(*schema.apply(db.connect(c), {str(folder)!r}))")
    lib = str(Path(schema.__file__).parents[1])
    started = [
        subprocess.Popen([sys.executable, "-c", code], env={"PYTHONPATH": lib, "LC_ALL": "C.UTF-8"},
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert sorted(said) == [("\n", "")] * 7 + [("things.001 things.002\n", "")]
    with connect(database_config) as db:
        assert count(db) == 2


def test_a_busy_schema_is_a_503(mysql_config: Config, folder: Path,
                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "LOCK_WAIT", 0)
    with connect(mysql_config) as other, connect(mysql_config) as db:
        assert other.value(schema._LOCK, seconds=0) == 1
        with pytest.raises(Unavailable, match="Another process"):
            schema.apply(db, str(folder))
        other.close()
        make(db, {"mysql": "SELECT 1"})
        monkeypatch.undo()
        assert schema.apply(db, str(folder))
