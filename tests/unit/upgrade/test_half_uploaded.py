"""A release that has come in part by FTP: an error page, and never its source."""
from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.upgrades import Answer, Upgradable

# The files by which each request gets to know that the site is closed.
DOOR = ("lib/chapbook/__init__.py", "lib/chapbook/closed.py")


def loaded(site: Upgradable) -> list[str]:
    """What the front page reads: its script, its templates, and each module below lib/."""
    code = ("import os, sys, runpy\n"
            "import atexit\n"
            f"sys.argv = [{str(site.root / 'cgi-bin/index.py')!r}]\n"
            "sys.stdout = open(os.devnull, 'w')\n"
            "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
            "except SystemExit:\n    pass\n"
            "for module in list(sys.modules.values()):\n"
            "    print(getattr(module, '__file__', None) or '', file=sys.stderr)\n")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/",
                           env={})
    lib = str(site.root / "lib") + "/"
    modules = sorted(line for line in set(found.stderr.split("\n")) if line.startswith(lib))
    assert len(modules) > 25, found.stderr
    return ["cgi-bin/index.py", "templates/index.html", "templates/base.html",
            *(str(Path(line).relative_to(site.root)) for line in modules)]


def cut(site: Upgradable, name: str, data: bytes | None) -> None:
    """Replace a file by one move, or delete it; with what was compiled of it."""
    path = site.root / name
    new = path.with_name("." + path.name)
    if data is None:
        path.unlink()
        return
    new.write_bytes(data)
    new.chmod(0o755 if name.startswith("cgi-bin/") else 0o644)
    new.rename(path)


def harmless(answer: Answer, data: bytes, name: str) -> bool:
    """Whether an answer is a whole page, or none at all (a 500 of the web server)."""
    source = [line for line in data.decode().splitlines() if len(line) > 30 and "<" not in line]
    shown = any(line in answer.text for line in source) if not name.endswith(".html") else (
        "{%" in answer.text or "{{" in answer.text)
    complete = answer.status in (200, 404, 500, 503) and (
        "</html>" in answer.text or name.endswith(".html"))
    return not shown and (complete or answer.status == 0 and not answer.text)


@pytest.mark.parametrize("kept", [None, 0.5], ids=["deleted", "half"])
def test_each_file_in_turn_gives_a_page_and_never_its_source(
    site: Upgradable, tmp_path: Path, kept: float | None,
) -> None:
    names = loaded(site)
    copies = [site.copy(tmp_path / f"copy {number}") for number in range(2)]

    def tried(number: int) -> list[str]:
        copy, wrong = copies[number], []
        for name in names[number::2]:
            data = (copy.root / name).read_bytes()
            cut(copy, name, None if kept is None else data[:int(len(data) * kept)])
            answer = copy.ask()
            if not harmless(answer, data, name):
                wrong.append(f"{name}: {answer}")
            cut(copy, name, data)
        return wrong

    with ThreadPoolExecutor(2) as pool:
        assert not [line for lines in pool.map(tried, range(2)) for line in lines]


def test_while_the_owner_has_closed_the_site_every_one_of_them_is_a_503(site: Upgradable) -> None:
    (site.root / "var/maintenance").touch()
    for name in loaded(Upgradable(site.root))[3:]:
        if name in DOOR:
            continue
        data = (site.root / name).read_bytes()
        cut(site, name, data[:len(data) // 2])
        answer = site.ask()
        assert answer.status == 503 and "Back in a moment" in answer.text, f"{name}: {answer}"
        cut(site, name, data)
