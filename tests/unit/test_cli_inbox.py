"""./chapbook inbox: the link that it prints, and what it says when it cannot."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook.config import ROOT

LINK = re.compile(r"(\S+)/owner/door\?key=([\w-]{43})\n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the site in a folder whose path has a space, without a database."""
    root = tmp_path / "a site"
    shutil.copytree(os.path.join(ROOT, "lib"), root / "lib",
                    ignore=shutil.ignore_patterns("__pycache__"))
    return root


def inbox(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(tree / "lib")}
    return subprocess.run([sys.executable, "-P", "-m", "chapbook.cli", "inbox", *arguments],
                          cwd=tree, text=True, env=environ, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120)


def link(result: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    found = LINK.fullmatch(result.stdout.splitlines(keepends=True)[-1])
    assert result.returncode == 0 and found, result.stderr
    return found[1], found[2]


def test_each_link_is_another_and_the_database_is_made_on_the_way(tree: Path) -> None:
    first, second = link(inbox(tree)), link(inbox(tree))
    assert first[0] == second[0] == "http://127.0.0.1:8000"
    assert first[1] != second[1]


def test_the_link_begins_with_the_address_of_the_site(tree: Path) -> None:
    (tree / "site.ini").write_text("[site]\nbase_url = https://example.org/club\n", "utf-8")
    (tree / "site.ini").chmod(0o600)
    assert link(inbox(tree))[0] == "https://example.org/club"
    assert link(inbox(tree, "--url", "http://127.0.0.1:8080/"))[0] == "http://127.0.0.1:8080"


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org", "https://", "/inbox", "a b",
                                 "https://example.org/?x=1", "javascript:alert(1)"])
def test_what_is_no_address_is_refused_with_an_example(tree: Path, url: str) -> None:
    result = inbox(tree, "--url", url)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith(f"Error: --url {url} is no address of a site")
    assert "http://127.0.0.1:8080" in result.stderr


def test_lock_says_how_many_were_signed_in(tree: Path) -> None:
    link(inbox(tree))
    result = inbox(tree, "--lock")
    assert result.stdout == "The inbox is locked. Sessions that were open: 0.\n"


def test_a_site_without_the_collection_has_no_inbox(tree: Path) -> None:
    shutil.rmtree(tree / "lib" / "collection")
    result = inbox(tree)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: This site has no inbox: ")
