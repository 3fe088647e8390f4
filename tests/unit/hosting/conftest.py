"""A tree to be packed, with what must stay at home."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.packs import NOBODYS, TREE

PARTS = ("apache", "cgi-bin", "htdocs", "lib", "nginx", "templates")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the tree, with settings, data and history that are nobody else's business."""
    for name in PARTS:
        shutil.copytree(TREE / name, tmp_path / "tree" / name,
                        ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TREE / "LICENSE", tmp_path / "tree")
    for name in ("site.ini", "var/secret", ".git/HEAD", "tests/test_x.py", ".venv/bin/python",
                 "htdocs/site.ini", "cgi-bin/site.ini", "cgi-bin/install-code-mine.txt",
                 "cgi-bin/index.py.save"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(NOBODYS)
    return tmp_path / "tree"
