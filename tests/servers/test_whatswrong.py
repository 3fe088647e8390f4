"""The last resort: one file that tells what is wrong where nothing else answers, to its owner."""
from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.gateways.htaccess import drop_stub
from tests.support.hosted import Hosted
from tests.support.sites import TREE

FILE = TREE / "apache/whatswrong.cgi"
WORD = "correct-horse-battery"
NAME, ALLOW = "cgi-bin/whatswrong.py", "cgi-bin/whatswrong-allow.txt"
# Those of this machine, old ones too: the same file has to run with all of them.
PYTHONS = [sys.executable, *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python")))]
SPLIT = """
<VirtualHost *:${CHAPBOOK_PORT}>
    DocumentRoot "${CHAPBOOK_ROOT}/htdocs"
    ScriptAlias "/cgi-bin/" "${CHAPBOOK_ROOT}/htdocs/cgi-bin/"
    <Directory "${CHAPBOOK_ROOT}/htdocs">
        AllowOverride All
        Options SymLinksIfOwnerMatch ExecCGI
        Require all granted
    </Directory>
</VirtualHost>"""


@pytest.fixture(scope="module")
def hosted(apache_here: None) -> Iterator[Hosted]:
    """The site under suexec, and one with a public folder alone; the script and its word are put
    there.
    """
    made = Hosted({"suexec": ("suexec", lambda block: block),
                   "split": ("cgi", lambda block: SPLIT)})
    made.site.drop(NAME, FILE.read_text("utf-8"), 0o755)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _word(hosted: Hosted) -> None:
    """A word that was uploaded just now."""
    hosted.site.drop(ALLOW, WORD + "\r\n")


def page(hosted: Hosted, path: str = f"/{NAME}?word={WORD}", host: str = "suexec") -> str:
    """What the script answers."""
    try:
        with urllib.request.urlopen(
                f"http://127.0.0.1:{hosted.server(host).port}{path}", timeout=30) as answer:
            return str(answer.read().decode("utf-8"))
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code}: {error.read().decode('utf-8', 'replace')}"


def told(text: str) -> list[str]:
    """The things that are wrong."""
    assert text.startswith("What is wrong with this site\n"), text
    return re.findall(r"^\d+\. (.*)$", text, re.M)


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Break a file."""
    return lambda root: (root / name).write_bytes(change((root / name).read_bytes())) and None


def moved(name: str) -> Callable[[Path], None]:
    """A folder that was not uploaded."""
    return lambda root: shutil.move(root / name, root / f"{name}-away") and None


BREAKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "line ends": (rewritten("cgi-bin/index.py", lambda text: text.replace(b"\n", b"\r\n")),
                  "cgi-bin/index.py has the line ends of Windows"),
    "a mark": (rewritten("cgi-bin/index.py", lambda text: b"\xef\xbb\xbf" + text),
               "cgi-bin/index.py begins with an invisible mark"),
    "no interpreter": (rewritten("cgi-bin/index.py", lambda text: b"#!/opt/python\n" + text),
                       "cgi-bin/index.py wants to be run by /opt/python, which is not here"),
    "a typing error": (rewritten("cgi-bin/index.py", lambda text: text + b"\ndef :\n"),
                       "cgi-bin/index.py is no program of Python 3: invalid syntax"),
    "a damaged module": (rewritten("lib/chapbook/page.py", lambda text: text[:2000]),
                         "The site's own program cannot be loaded: "),
    "writable": (lambda root: (root / "cgi-bin/index.py").chmod(0o775),
                 "cgi-bin/index.py may be changed by other users"),
    "another owner": (lambda root: shutil.chown(root / "cgi-bin/index.py", "daemon") or None,
                      "cgi-bin/index.py belongs to another user than this script"),
    "not executable": (lambda root: (root / "cgi-bin/index.py").chmod(0o644),
                       "cgi-bin/index.py may not be executed"),
    "a link to nowhere": (lambda root: (root / "cgi-bin/gone.py").symlink_to("nowhere"),
                          "cgi-bin/gone.py is a link that leads nowhere"),
    "a name in other letters": (
        lambda root: (root / os.fsdecode(b"cgi-bin/f\xfcr.py")).write_text("") and None,
        "cgi-bin/f?r.py may not be executed"),
    "the name of a part of Python": (
        lambda root: (root / "cgi-bin/signal.py").write_text("print('hello')") and None,
        "cgi-bin/signal.py has the name of a part of Python"),
    "open settings": (lambda root: (root / "site.ini").chmod(0o644),
                      "Other users may read site.ini"),
}


@pytest.mark.as_root
def test_where_nothing_is_wrong_it_says_so(hosted: Hosted) -> None:
    assert told(page(hosted)) == []
    assert "Nothing, as far as this script can see" in page(hosted)


@pytest.mark.as_root
@pytest.mark.parametrize("fault", BREAKS)
def test_it_says_what_is_wrong(hosted: Hosted, fault: str) -> None:
    spoil, sentence = BREAKS[fault]
    known = set((hosted.root / "cgi-bin").iterdir())
    with hosted.as_it_was("cgi-bin/index.py", "lib/chapbook/page.py", "site.ini"):
        spoil(hosted.root)
        try:
            assert any(each.startswith(sentence) for each in told(page(hosted)))
        finally:
            for path in {*(hosted.root / "cgi-bin").iterdir()} - known:
                path.unlink() if not path.is_dir() else None


@pytest.mark.as_root
@pytest.mark.parametrize("name", ["lib", "templates"])
def test_it_says_what_is_missing(hosted: Hosted, name: str) -> None:
    moved(name)(hosted.root)
    try:
        assert any(name in each for each in told(page(hosted)))
    finally:
        shutil.move(hosted.root / f"{name}-away", hosted.root / name)


@pytest.mark.as_root
def test_it_tells_what_the_doctor_finds_and_no_password(hosted: Hosted) -> None:
    with hosted.as_it_was("site.ini") as path:
        path.write_text(path.read_text("utf-8") + "\n[database]\nengine = mysql\nhost = 127.0.0.1\n"
                        "port = 1\nname = club\nuser = club\npassword = horse staple\n", "utf-8")
        text = page(hosted)
    assert "(mysql-host)" in text and "horse staple" not in text


@pytest.mark.as_root
@pytest.mark.parametrize("query", ["", "?word=", "?word=another-word-of-it", "?" + WORD,
                                   f"?word={WORD}x", f"?word={WORD[:-1]}"])
def test_who_does_not_know_the_word_learns_nothing(hosted: Hosted, query: str) -> None:
    text = page(hosted, f"/{NAME}{query}")
    assert text.startswith(("403: ", "404: ")) and "What is wrong with" not in text
    assert WORD not in text


@pytest.mark.as_root
@pytest.mark.parametrize("word", ["", "short", "with a space in it", "<script>alert(1)</script>"])
def test_a_word_that_is_none_opens_nothing(hosted: Hosted, word: str) -> None:
    hosted.site.drop(ALLOW, word)
    text = page(hosted, f"/{NAME}?word={word.replace(' ', '+')}")
    assert text.startswith("403: ") and "too short" in text


@pytest.mark.as_root
def test_without_a_word_it_opens_to_nobody(hosted: Hosted) -> None:
    (hosted.root / ALLOW).unlink()
    assert page(hosted).startswith("403: ")
    (hosted.root / ALLOW).symlink_to(hosted.root / "site.ini")
    assert page(hosted).startswith("403: ")
    assert (hosted.root / "site.ini").exists()


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: str(Path(path).parents[1].name))
def test_it_runs_with_every_python(tmp_path: Path, python: str) -> None:
    """On a tree of which hardly anything was uploaded."""
    (tmp_path / "cgi-bin").mkdir()
    script = shutil.copy(FILE, tmp_path / NAME)
    (tmp_path / ALLOW).write_text(WORD, "ascii")
    (tmp_path / "cgi-bin/index.py").write_bytes(b"#!/usr/bin/env python3\r\nprint 'hello'\r\n")
    (tmp_path / "cgi-bin/index.py").chmod(0o755)
    told_ = subprocess.run(
        [python, script], check=True, capture_output=True, cwd="/",
        env={"QUERY_STRING": f"word={WORD}", "GATEWAY_INTERFACE": "CGI/1.1",
             "PATH": os.defpath}).stdout.decode()
    assert told_.startswith("Status: 200 OK\r\n"), told_
    head, _, text = told_.partition("\r\n\r\n")
    sentences = told(text)
    assert any("index.py has the line ends of Windows" in each for each in sentences)
    assert any("There is no lib/chapbook" in each for each in sentences)


def test_after_its_hour_the_word_is_gone(tmp_path: Path) -> None:
    """By a clock that is an hour ahead: when a file was put there cannot be set."""
    text = FILE.read_text("utf-8")
    assert "time.time() - os.lstat" in text
    script, allow = tmp_path / "whatswrong.py", tmp_path / "whatswrong-allow.txt"
    allow.write_text(WORD, "ascii")
    os.utime(allow, (time.time() + 9000, time.time() + 9000))     # what a program for FTP may set
    for ahead, status in ((3000, b"200"), (3700, b"403")):
        script.write_text(text.replace("time.time() - os.lstat",
                                       f"{ahead} + time.time() - os.lstat"), "utf-8")
        told_ = subprocess.run(["/bin/sh", str(script)], capture_output=True, env={
            "QUERY_STRING": f"word={WORD}", "PATH": os.defpath}).stdout
        assert told_.startswith(b"Status: " + status), told_
    assert not allow.exists()


def test_where_there_is_no_python_it_says_so(tmp_path: Path) -> None:
    text = re.sub(r"for python in .*?\ndo", "for python in python-that-is-not-here\ndo",
                  FILE.read_text("utf-8"), flags=re.S)
    script = tmp_path / "whatswrong.py"
    script.write_text(text, "utf-8")
    script.chmod(0o755)
    told_ = subprocess.run([script], capture_output=True, env={"PATH": os.defpath})
    assert told_.stdout.startswith(b"Status: 500 No Python\r\nContent-Type: text/plain")
    assert b"This host has no Python" in told_.stdout and told_.stderr == b""


def test_in_a_split_site_it_takes_the_place_of_the_only_script(hosted: Hosted) -> None:
    """The rules of the site lead every address to it, and it finds what the other one leads to."""
    top, name = hosted.root / "htdocs/cgi-bin", "htdocs/cgi-bin/chapbook.py"
    hosted.site.drop(name, FILE.read_text("utf-8"), 0o755)
    hosted.site.drop("htdocs/cgi-bin/whatswrong-allow.txt", WORD)
    drop_stub(hosted.site, "htdocs/cgi-bin/chapbook-off.py", "../../nowhere")
    try:
        found = told(page(hosted, f"/cgi-bin/chapbook.py?word={WORD}", "split"))
        assert any("chapbook-off.py does not find the site" in each for each in found)
    finally:
        (top / "chapbook-off.py").unlink()
        (top / "whatswrong-allow.txt").unlink()
        drop_stub(hosted.site, name, "../..")
