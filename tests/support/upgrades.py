"""A site that has a manifest, as a packed one, and upgrade zips for it, made by hand."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chapbook import config, db, schema
from chapbook.hosting import manifest as manifests
from chapbook.hosting.manifest import File, Manifest

from tests.support import sites

PARTS = {"lib": "private/", "cgi-bin": "private/", "templates": "private/", "apache": "private/",
         "htdocs": "public/"}
HOST = "localhost"

ONE, TWO = "Release one", "Release two"
# A half of it without the other cannot even be imported.
ERRORS = "\n\nNEW_IN_TWO = 2\n"
RESPONSE = "private/lib/chapbook/response.py"
STEP = {"private/lib/collection/schema/second.001.sqlite.sql":
        b"CREATE TABLE IF NOT EXISTS second (id INTEGER PRIMARY KEY);\n",
        "private/lib/collection/schema/second.001.mysql.sql":
        b"CREATE TABLE IF NOT EXISTS second (id INT PRIMARY KEY) ENGINE=InnoDB;\n"}


class Upgradable:
    """A site in a folder, of release one; `zip` makes the upgrade to another."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def made(cls, root: Path) -> Upgradable:
        """A copy of the tree with a database and a manifest."""
        for name in sites._files():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sites.TREE / name, target)
        (root / ".venv").symlink_to(sys.prefix)
        (root / "var").mkdir(mode=0o700)
        site = cls(root)
        site.number("private/templates/index.html", ONE)
        site.pack()
        held = site.config()
        with db.connect(held) as database:
            schema.bring_up(database, held)
        return site

    def copy(self, root: Path) -> Upgradable:
        """The same in another folder: links to the same files, but for the database."""
        shutil.copytree(self.root, root, symlinks=True, copy_function=os.link,
                        ignore=shutil.ignore_patterns("var"))
        shutil.copytree(self.root / "var", root / "var")
        return Upgradable(root)

    def config(self) -> config.Config:
        """Its settings."""
        file = self.root / "site.ini"
        return config.load(str(file) if file.exists() else None, root=str(self.root))

    def path(self, name: str) -> Path:
        """Where a file of the manifest is."""
        return Path(manifests.place(name, str(self.root), str(self.root / "htdocs")))

    def read(self, name: str) -> bytes:
        """The content of a file of the manifest."""
        return self.path(name).read_bytes()

    def number(self, name: str, text: str) -> None:
        """Have a template say which release it is of."""
        path = self.path(name)
        path.write_bytes(numbered(path.read_bytes(), text))

    def pack(self) -> Manifest:
        """Write manifest.json for what is there now."""
        made = Manifest.of("0.1.0", "test", {"private": "site", "public": "htdocs"}, {}, {
            name: File(manifests.sha256_of(str(self.path(name))), mode_of(self.path(name)))
            for name in self.names()})
        (self.root / "manifest.json").write_text(made.text())
        return made

    def names(self) -> Iterator[str]:
        """The names of all files that a release has."""
        for part, prefix in PARTS.items():
            for path in sorted((self.root / part).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    below = self.root / "htdocs" if prefix == "public/" else self.root
                    yield prefix + path.relative_to(below).as_posix()

    def two(self) -> dict[str, bytes | None]:
        """What release two changes: files that need each other, a table, a page less."""
        return {
            "private/templates/index.html":
                numbered(self.read("private/templates/index.html"), TWO),
            "private/lib/chapbook/errors.py":
                self.read("private/lib/chapbook/errors.py") + ERRORS.encode(),
            RESPONSE: self.read(RESPONSE).replace(
                b"from .errors import ", b"from .errors import NEW_IN_TWO, ", 1),
            "private/lib/chapbook/second/__init__.py": b'"""A new package."""\n',
            "public/robots.txt": b"# Two.\n", "public/two/new.txt": b"new\n",
            "private/cgi-bin/guestbook.py": None, **STEP,
        }

    def zip(self, path: Path, changes: Mapping[str, bytes | None], **values: Any) -> Path:
        """A zip that changes these files (None: removes); `values` replace some of upgrade.json."""
        import hashlib
        import json

        old = Manifest.read(str(self.root / "manifest.json"))
        files = {**old.files}
        for name, data in changes.items():
            files.pop(name, None)
            if data is not None:
                mode = "755" if name.startswith("private/cgi-bin/") else "644"
                files[name] = File(hashlib.sha256(data).hexdigest(), mode)
        new = Manifest.of("0.2.0", old.profile, old.folders, old.packages, files, old.how)
        changed, removed = manifests.step(old, new)
        content = {"since": old.release, "manifest": new.values(), "changed": changed,
                   "removed": removed, **values}
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("upgrade.json", json.dumps(content))
            for name in changed:
                archive.writestr(name, changes[name] or b"")
        return path

    def write(self, name: str, data: bytes) -> None:
        """Edit a file, with a new one in its place: its inode may be that of a copy, too."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        path.unlink(missing_ok=True)
        path.write_bytes(data)
        path.chmod(mode)

    def run(self, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Python code in a process of the site."""
        return subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(self.root / 'lib')!r})\n"
             + code], capture_output=True, text=True, cwd="/",
            env={"PATH": os.defpath, **variables}, **self._account())

    def _account(self) -> dict[str, Any]:
        """As whom its processes run: whoever the site belongs to."""
        owner = self.root.stat()
        if os.geteuid() or not owner.st_uid:
            return {}
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}

    def begin(self, path: Path, **variables: str) -> str:
        """Begin the upgrade in a zip; the token, or why not."""
        found = self.run(
            "from chapbook import config\nfrom chapbook.upgrade import steps\n"
            "try:\n"
            f"    print(steps.begin(config.current(), {str(path)!r}), end='')\n"
            "except steps.Refused as refused:\n"
            "    print(refused)\n", **variables)
        return found.stdout or found.stderr

    def settle(self, names: str = "var/upgrade/work/state.*") -> None:
        """Let it be some minutes later, as far as these files know, and the site's being closed."""
        for path in (self.root / "var/maintenance", *(self.root.glob(names) if names else ())):
            try:
                os.utime(path, (path.stat().st_mtime - 300,) * 2)
            except FileNotFoundError:
                pass                              # it is another state now

    @property
    def stage(self) -> str:
        """The state of the upgrade."""
        return "".join(path.name[6:] for path in self.root.glob("var/upgrade/work/state.*"))

    def ask(
        self, script: str = "index", cookie: str = "", method: str = "GET", **variables: str,
    ) -> Answer:
        """What a page answers to a CGI request, as Apache starts it."""
        path = self.root / "cgi-bin" / f"{script}.py"
        found = subprocess.run([sys.executable, str(path)], capture_output=True, cwd="/", env={
            "PATH": os.defpath, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
            "SCRIPT_NAME": f"/{script}", "SCRIPT_FILENAME": str(path), "QUERY_STRING": "",
            "REQUEST_URI": f"/{script}", "SERVER_NAME": HOST, "SERVER_PORT": "80",
            "HTTP_HOST": HOST, "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": cookie, "LC_ALL": "C.UTF-8", **variables}, stdin=subprocess.DEVNULL)
        return Answer(found.stdout, found.stderr.decode())

    def state(self) -> dict[str, bytes]:
        """The content of every file of a release that is there, by name."""
        return {name: self.read(name) for name in self.names()}


class Answer:
    """The answer of a CGI script: `status` (0 where there was none), `headers`, `text`."""

    def __init__(self, data: bytes, errors: str) -> None:
        self.errors = errors
        head, _, body = data.partition(b"\r\n\r\n")
        self.text = body.decode()
        self.headers = dict(
            line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
        self.status = int(self.headers.get("Status", "0").split()[0])

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:200]!r} {self.errors[-2000:]}>"


def numbered(template: bytes, text: str) -> bytes:
    """A template whose page says which release it is of."""
    found = re.sub(rb" Release \w+</h1>", b"</h1>", template)
    return found.replace(b"</h1>", f" {text}</h1>".encode(), 1)


def mode_of(path: Path) -> str:
    """The mode that a release gives a file."""
    return "755" if path.stat().st_mode & 0o100 else "644"
