"""A private MariaDB server for tests: unprivileged, on a free port, gone with its folder."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pymysql
import pytest

INSTALL = ("mariadb-install-db", "mysql_install_db")
SERVER = ("mariadbd", "mysqld")
READY_WITHIN = 30.0


def missing() -> str | None:
    """Why no private server can be started on this machine, or None."""
    try:
        _program(INSTALL), _program(SERVER)
    except FileNotFoundError as error:
        return str(error)
    return None


def need(reason: str | None) -> None:
    """Skip the test for this reason, if there is one; in CI nothing may be missing, so it fails."""
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    elif reason:
        pytest.skip(reason)


class MariaDB:
    """One server with its data in a temporary folder; the user `chapbook` may do everything.

    Under root it runs as `nobody`. `start` gives the very same port and data again after `stop` or
    `kill9`; `remove` ends it and deletes the folder.
    """

    user = "chapbook"
    password = "a password with ünïcode '\"\\"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chapbook-db-"))
        self.socket = str(self.folder / "sock")
        if len(self.socket) > 100:
            raise RuntimeError(f"the path of the folder is too long for a socket: {self.socket}")
        self.port = _free_port()
        self.process: subprocess.Popen[Any] | None = None
        self.has_tls = False
        self._tls: tuple[str, ...] = ()
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self.folder, "nobody", "nogroup")
        try:
            self._install()
            self._certify()
            self.start()
            self.root(
                f"CREATE USER chapbook@'%' IDENTIFIED BY {_quoted(self.password)}",
                "GRANT ALL ON *.* TO chapbook@'%'",
            )
        except BaseException:
            self.remove()
            raise

    def start(self) -> None:
        """Start the server and return when it answers."""
        self.process = process = subprocess.Popen(
            [
                _program(SERVER), "--no-defaults", f"--datadir={self.folder}/data",
                f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--pid-file={self.folder}/pid", f"--tmpdir={self.folder}",
                f"--log-error={self.folder}/log", "--skip-name-resolve", *SMALL,
                "--innodb-flush-log-at-trx-commit=2", "--max-connections=60", *self._tls,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self.folder, **self._as_user,
        )
        give_up = time.monotonic() + READY_WITHIN
        while True:
            if self._answers():
                return
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"MariaDB did not start: {self.log()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Shut the server down as an administrator would, and wait for its end."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """End the server without any warning, as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it stands, as a machine does that hangs; it has stopped when this ends."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self.process.pid}/task")
        end = time.monotonic() + 10
        while any((thread / "stat").read_text().rpartition(") ")[2][0] != "T"
                  for thread in threads.iterdir()):
            if time.monotonic() > end:
                raise TimeoutError("MariaDB does not stop")
            time.sleep(0.01)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Stop and start it: every open connection is lost."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """End the server and delete all it has stored."""
        self.kill9()
        shutil.rmtree(self.folder, ignore_errors=True)

    def root(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the server's administrator; gives the rows of the last."""
        connection = pymysql.connect(
            unix_socket=self.socket, user="root", autocommit=True, ssl_disabled=True,
            charset="utf8mb4", connect_timeout=5, read_timeout=30,
        )
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def settings(self, name: str, **changed: str) -> dict[str, str]:
        """The options of [database] that lead to one of this server's databases, by TCP."""
        return {
            "engine": "mysql", "host": "127.0.0.1", "port": str(self.port), "name": name,
            "user": self.user, "password": self.password, **changed,
        }

    def log(self) -> str:
        """The last lines that the server wrote."""
        try:
            return (self.folder / "log").read_text("utf-8", "replace")[-3000:]
        except OSError:
            return "(no log)"

    def _answers(self) -> bool:
        # Asked of the socket itself, because PyMySQL leaves it open where nobody listens.
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(5)
            try:
                door.connect(self.socket)
                return bool(door.recv(1))
            except OSError:
                return False

    def _install(self) -> None:
        done = subprocess.run(
            [
                _program(INSTALL), "--no-defaults", f"--datadir={self.folder}/data",
                f"--tmpdir={self.folder}",        # several may be made at once
                "--auth-root-authentication-method=normal", "--skip-test-db", *SMALL,
            ],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.folder,
            timeout=120, check=False, **self._as_user,
        )
        if done.returncode:
            raise RuntimeError(f"MariaDB's tables could not be made: {done.stdout}{done.stderr}")

    def _certify(self) -> None:
        """Have the server offer TLS, as most do, where openssl can make it a certificate."""
        openssl = shutil.which("openssl")
        if openssl is None:
            return
        key, certificate = f"{self.folder}/key.pem", f"{self.folder}/certificate.pem"
        subprocess.run(
            [
                openssl, "req", "-x509", "-nodes", "-subj", "/CN=localhost", "-newkey", "ec",
                "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", certificate,
            ],
            stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60, **self._as_user,
        )
        self._tls = (f"--ssl-cert={certificate}", f"--ssl-key={key}")
        self.has_tls = True

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


SMALL = (
    "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--skip-log-bin",
    "--innodb-data-file-path=ibdata1:4M:autoextend",
    "--innodb-temp-data-file-path=ibtmp1:4M:autoextend",
)


def _program(names: tuple[str, ...]) -> str:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise FileNotFoundError(f"{names[0]} is not installed (apt-get install mariadb-server-core)")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
