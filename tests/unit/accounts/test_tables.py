"""The tables of accounts: a step that broke off is run again from its start."""
from __future__ import annotations

from pathlib import Path

from chapbook import schema
from chapbook.config import Config
from chapbook.engines import open_session
from chapbook.sql import split


def test_each_later_step_may_find_its_work_done_on_mysql(mysql_config: Config) -> None:
    session = open_session(mysql_config, migrating=True)
    try:
        for number in ("001", "002", "002", "003", "003"):
            step = Path(schema.TABLES, f"account.{number}.mysql.sql")
            for text in split(step.read_text("utf-8")):
                session.execute(text)
    finally:
        session.close()
