"""The documentation as something to run: pages in parts, and a copy of the site to try them in."""
from __future__ import annotations

import doctest
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from chapbook.cli import apache

from tests.support.mariadb import need

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# What a site is made of. The tests of the documentation stay behind, or they would run themselves,
# and so do pages that the reader has added: what the documentation shows is the site as it came.
TREE = ("cgi-bin", "lib", "templates", "htdocs", "apache", "tests", "setup.cfg", "pyproject.toml")
STAYS = {"__pycache__", "docs", "servers", "browser", "bench", "mutants"}
COLLECTION = ("cgi-bin", "templates", "lib/collection", "lib/collection/schema", "tests/pages",
              "tests/collection")
CAME_WITH_IT = {
    "__init__", "admin_upgrade", "upgrade", "upgrades", "admin_backup", "backup", "backup_file",
    "backup_sure", "backup_work", "backups",
    "account", "account_address", "account_confirm", "account_delete",
    "account_details", "account_export", "account_forgotten", "account_invitation", "account_me",
    "account_password", "account_picture", "account_register", "account_reset", "account_sessions",
    "account_signin", "account_signout", "account_twofactor", "accountmail", "address", "admin",
    "admin_dashboard", "admin_errors", "admin_events", "admin_form", "admin_inbox", "admin_invite",
    "admin_moderation", "admin_outbox", "admin_settings", "admin_take", "admin_user",
    "admin_users", "agree", "answers", "app", "attachments", "base", "browsers", "cgi", "cgitb",
    "choices", "chores", "code", "codes", "confirm", "conftest", "counters", "dashboard",
    "defaults",
    "delete", "demo", "details", "doctor", "doctor_code",
    "entering", "errorlog", "errors", "eventlog", "events", "export",
    "exports", "forgotten", "formmail", "forms", "forms_hostile", "formsettings", "guestbook",
    "guestbook_moderation", "inbox", "index", "intake", "invitation", "invitations", "invite",
    "later", "me", "membership", "moderation", "mydata", "newaddress", "notices", "oneself",
    "outboxes", "parts", "password", "permissions", "picture", "pictures", "pictures_hostile",
    "reauthentication",
    "received", "register", "reset", "schema", "senders", "session", "sessions", "settings",
    "sheets", "signin", "signout", "sitesettings", "spam", "staticpages", "submission",
    "submissions", "thanks", "timezones", "twofactor", "user", "users", "worn",
    "administrator", "database", "done", "finish", "install", "installing", "mail", "outside",
    "passcode", "requirements", "site", "upload",
}

FENCE = re.compile(r"^```(\w*)$")
FILE_NAME = re.compile(r"^`([\w./-]+)`.*:$")
CHMOD = re.compile(r"`(chmod \+x [\w./-]+)`")
ADDRESS = re.compile(r"<http://127\.0\.0\.1:8000([^>]*)>")
SERVE = ("./chapbook serve", "./chapbook serve --apache", "./chapbook serve --wsgi")
READY_WITHIN = 20.0

# Each script answers in the shell, and a client that checks the rules of WSGI.
ASK = """
import subprocess, sys
from chapbook.testing import Client
for name in sys.argv[1:]:
    ran = subprocess.run([f"cgi-bin/{name}.py"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert Client().get(f"/{name}").status in (200, 303), name    # 303: to sign in first
"""

# What ./chapbook does once its .venv is there, with all that the tests need in it.
CHAPBOOK = """#!/bin/sh
export PYTHONPATH="{root}/lib"
exec "{python}" -P -c '
import importlib, runpy
importlib.import_module("chapbook.cli.check").need_packages = lambda: None
runpy.run_module("chapbook.cli", run_name="__main__")' "$@"
"""


class Block:
    """A fenced block: `where` it is, its `kind` (python, console, ...), `text`, and `file`.

    It is a file when the line before it begins with a name in backticks and ends in a colon.
    """

    def __init__(self, where: str, kind: str, text: str, before: str) -> None:
        self.where, self.kind, self.text = where, kind, text
        named = FILE_NAME.match(before)
        self.file = named[1] if named and kind not in ("console", "text") else ""


def parts(page: Path) -> Iterator[Block | str]:
    """A page in order: its fenced blocks, and its other lines as they are."""
    before = ""
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        fence = FENCE.match(line)
        if fence is None:
            before = line or before
            yield line
            continue
        inside = ""
        for _, line in lines:
            if line == "```":
                break
            inside += line + "\n"
        yield Block(f"{page.name}:{number + 1}", fence[1], inside, before)
        before = ""


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    return [part for part in parts(page) if isinstance(part, Block)]


def prose(page: Path) -> str:
    """The text of a page without its fenced blocks."""
    return "\n".join(part for part in parts(page) if isinstance(part, str))


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown below it.

    A line after `$ ` that begins with `> ` goes on with the command.
    """
    for lines in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        _, command, output = re.split(r"^(.*\n(?:> .*\n)*)", lines, maxsplit=1)
        yield command.strip().replace("\n> ", "\n"), output


def left_behind(folder: str, names: list[str]) -> set[str]:
    """The names in a folder that a copy of the site as it came goes without."""
    found = STAYS.intersection(names)
    if os.path.relpath(folder, ROOT) in COLLECTION:
        stems = {name: name.partition(".")[0].removeprefix("test_") for name in names}
        found |= {name for name, stem in stems.items() if stem not in CAME_WITH_IT}
    return found


class Copy:
    """A private copy of the site, on SQLite, in which the steps of a page are taken in order."""

    def __init__(self) -> None:
        folder = self._folder = Path(tempfile.mkdtemp(prefix="chapbook-docs-"))
        folder.chmod(0o755)
        self.root = folder / "a site"
        self.root.mkdir()
        for name in TREE:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.root / name, ignore=left_behind)
            else:
                shutil.copy(ROOT / name, self.root)
        (self.root / ".venv").symlink_to(sys.prefix)
        # Scripts find the Python that .venv was made with, as on the reader's machine.
        programs = folder / "bin"
        programs.mkdir()
        base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        (programs / "python3").symlink_to(base)
        self._environ = {"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        chapbook = self.root / "chapbook"
        chapbook.write_text(CHAPBOOK.format(root=self.root, python=sys.executable), "utf-8")
        chapbook.chmod(0o755)
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:                 # readers are not root
            self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            subprocess.run(["chown", "-hR", "nobody:nogroup", str(self.root)], check=True)
        self._server: subprocess.Popen[str] | None = None
        self._port = 0

    def follow(self, page: Path) -> None:
        """Do all that a page shows; AssertionError where something else happens than it says.

        Its files are written and its commands run. Once it has started the server, each
        <http://127.0.0.1:8000/...> must be there. What it types into Python is typed in the end,
        and then each of its scripts must answer.
        """
        session, scripts = "", set()
        for part in parts(page):
            if isinstance(part, str):
                for command in CHMOD.findall(part):
                    self._run(command)
                for path in ADDRESS.findall(part) if self._server else ():
                    assert self._status(path) == 200, f"{page.name}: {path}"
            elif part.kind == "diff":
                self._edit(part)
            elif part.file:
                self._write(part.file, part.text)
                if part.text.startswith("#!"):
                    scripts.add(part.file.removeprefix("cgi-bin/").removesuffix(".py"))
            elif part.kind == "pycon":
                session += part.text
            elif part.kind == "console":
                for command, shown in commands(part):
                    act = self._serve if command in SERVE else self._run
                    real = act(command, shown)
                    assert doctest.OutputChecker().check_output(shown, real, doctest.ELLIPSIS), (
                        f"{part.where}: $ {command}\nshown:\n{shown}\nreally:\n{real}")
        if session:
            self._write("session.txt", session)
            said = self._run("PYTHONPATH=lib python3 -m doctest -o ELLIPSIS session.txt")
            assert not said, f"{page.name}: {said}"
        said = self._run(f"PYTHONPATH=lib python3 -c '{ASK}' {' '.join(sorted(scripts))}")
        assert not said, f"{page.name}: {said}"

    def remove(self) -> None:
        """End the server, if the page has started one, and delete the copy."""
        self._stop()
        shutil.rmtree(self._folder)

    def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=READY_WITHIN)

    def _write(self, name: str, text: str) -> None:
        """Write a file as the reader would; one that was there keeps its permissions."""
        path = str(self.root / name)
        subprocess.run(["sh", "-c", 'mkdir -p "${0%/*}" && cat >"$0"', path], input=text,
                       encoding="utf-8", check=True, **self._user)

    def _edit(self, block: Block) -> None:
        """Change a file as a block of lines with "-", "+" or a space before them says."""
        lines = block.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] != "+")
        new = "".join(line[1:] for line in lines if line[0] != "-")
        text = (self.root / block.file).read_text("utf-8")
        assert text.count(old) == 1, f"{block.where}: this is not in {block.file}"
        self._write(block.file, text.replace(old, new))

    def _run(self, command: str, shown: str = "") -> str:
        done = subprocess.run(["sh", "-c", command], cwd=self.root, env=self._environ,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, **self._user)
        return str(done.stdout, "utf-8").replace("\r\n", "\n")      # mails have the former

    def _serve(self, command: str, shown: str) -> str:
        """Start the server on a free port; as many lines of its output as are shown.

        A line that is shown as "Database: ..." stands for all tables that are made.
        """
        self._stop()
        if "--" in command:
            try:
                apache.find()
            except click.ClickException as error:
                need(str(error))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self._server = subprocess.Popen(
            [*command.split(), "--port", str(self._port)], cwd=self.root, env=self._environ,
            encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, **self._user)
        assert self._server.stdout is not None
        said, left = "", len(shown.splitlines())
        if "Database: ...\n" in shown:
            said, left = self._until_tables_are_made(self._server.stdout), left - 2
        said += "".join(self._server.stdout.readline() for _ in range(left))
        return said.replace(str(self._port), "8000")

    def _until_tables_are_made(self, output: IO[str]) -> str:
        """The lines about tables, and the one that follows."""
        said = line = output.readline()
        while line.endswith("applied.\n"):
            line = output.readline()
            said += line
        return said

    def _status(self, path: str) -> int:
        """The status that the server answers with, as soon as it listens."""
        until = time.monotonic() + READY_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}") as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                error.close()
                return error.code
            except urllib.error.URLError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
