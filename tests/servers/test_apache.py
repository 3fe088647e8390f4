"""The private Apache itself: what it says when it cannot start, and that nothing of it stays."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from chapbook.cli.apache import Apache, free_port
from chapbook.response import SECURITY_HEADERS, TYPES

from tests.servers.conftest import SETTINGS
from tests.support.gateways import ApacheGateway
from tests.support.sites import TREE, Site, eventually
from tests.support.wire import request_bytes

CONF = (TREE / "apache/chapbook.conf").read_text(encoding="utf-8")


@pytest.fixture
def own(apache_here: None) -> Iterator[Site]:
    """A site that a test may spoil."""
    made = Site(SETTINGS)
    yield made
    made.remove()


def refusal(site: Site, mode: str = "cgi", configuration: str | None = None, port: int = 0) -> str:
    """What is said when Apache does not start on this site; nothing of it may be left then."""
    server = Apache(str(site.root), mode, configuration=configuration, port=port)
    with pytest.raises(click.ClickException) as refused:
        server.start()
    assert not server.running() and server.folder == ""
    return refused.value.message


def test_what_apache_answers_itself_has_the_headers_that_pages_have() -> None:
    found = re.findall(r'Header always set (\S+) "(.*)" "expr=-z %{resp:\1}"', CONF)
    assert found == list(SECURITY_HEADERS)


def test_static_files_have_the_types_that_the_toolkit_knows() -> None:
    text = (TREE / "apache/types.conf").read_text(encoding="utf-8")
    told = {ending: kind for endings, kind in re.findall(
        r'<FilesMatch "\\\.\(\?i:(\S+)\)\$">\n    ForceType "?(.+?)"?\n', text)
        for ending in endings.split("|")}
    assert told == {ending: kind + "; charset=utf-8" * kind.startswith("text/")
                    for ending, kind in TYPES.items()}
    assert text.count("ForceType") == len(set(TYPES.values())) + 1


@pytest.mark.parametrize("mode", ["cgi", "wsgi", "embedded"])
def test_nothing_is_left_after_the_end(own: Site, mode: str) -> None:
    server = Apache(str(own.root), mode)
    with server:
        folder, process = Path(server.folder), server._process
        assert folder.is_dir() and server.running() and process is not None
    assert not folder.exists() and not server.running()
    eventually(lambda: _is_gone(process.pid))
    server.stop()


@pytest.mark.parametrize("name", ["apache-cgi", "wsgi-daemon"])
def test_after_a_graceful_restart_all_is_as_before(own: Site, name: str) -> None:
    """During one, a request by CGI may get a 503: for a moment there is nobody to start it."""
    gateway = ApacheGateway(name, own)
    try:
        gateway.server.graceful()
        eventually(lambda: gateway.server.logs().count("resuming normal operations") == 2)
        eventually(lambda: gateway.get("/answers/text").status == 200)
        for _ in range(5):
            assert gateway.get("/answers/text").status == 200
        assert gateway.server.running()
    finally:
        gateway.stop()


@pytest.mark.parametrize("name", ["apache-cgi", "wsgi-daemon", "wsgi-embedded"])
def test_slow_senders_do_not_stop_the_site(own: Site, name: str) -> None:
    """Four threads are all that mod_wsgi has: as many visitors who dribble could take them all."""
    own.edit("apache/chapbook.conf", "body=10,MinRate=8000", "body=1,MinRate=8000")
    gateway = ApacheGateway(name, own)
    head = request_bytes("POST", "/keeper", {
        "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "100000"})
    slow = [gateway.connect() for _ in range(4)]
    over = threading.Event()

    def dribble() -> None:
        while not over.wait(0.1):
            for connection in slow:
                connection.send(b"x" * 60)

    sender = threading.Thread(target=dribble)
    try:
        for connection in slow:
            connection.send(head + b"word=")
        sender.start()
        begun = time.monotonic()
        assert gateway.get("/answers/text").status == 200
        assert {connection.answer("POST").status for connection in slow} <= {400, 408}
        assert time.monotonic() - begun < 8
        assert gateway.get("/keeper").text == ""
    finally:
        over.set()
        sender.join()
        for connection in slow:
            connection.socket.close()
        gateway.stop()


@pytest.mark.parametrize("name", ["apache-cgi", "wsgi-daemon", "wsgi-embedded"])
def test_a_body_that_apache_refuses_is_refused_once(own: Site, name: str) -> None:
    """Once, and not again for the page that says so."""
    own.edit("apache/chapbook.conf", "MOST_BYTES 268435456", "MOST_BYTES 3000000")
    gateway = ApacheGateway(name, own)
    try:
        for target in ("/keeper", "/style.css"):
            data = request_bytes("POST", target, {
                "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "3000001"})
            answer = gateway.raw(data + b"word=x")
            assert (answer.status, answer["Cache-Control"]) == (413, "no-store")
            assert [(header, answer[header]) for header, _ in SECURITY_HEADERS] == list(
                SECURITY_HEADERS)
        assert b"<h1>Too large</h1>" in gateway.raw(data.replace(b"/style.css", b"/keeper")).body
        assert gateway.get("/keeper").text == ""
    finally:
        gateway.stop()


def test_a_program_in_cgi_bin_gets_no_arguments_from_visitors(own: Site) -> None:
    """A query without "=" would be its command line, options included."""
    own.drop("cgi-bin/tool.py", "#!/usr/bin/env python3\nimport sys\n"
             "print('Content-Type: text/plain\\n\\n', sys.argv[1:])\n", 0o755)
    own.drop(".htaccess", (TREE / "apache/htaccess").read_text(encoding="utf-8"))
    shared = f'DocumentRoot "{own.root}"\n<Directory "{own.root}">\nAllowOverride All\n' \
             "Require all granted\n</Directory>"
    for configuration in (None, shared):
        gateway = ApacheGateway("apache-cgi", own, configuration)
        try:
            assert gateway.get("/tool?a=1").text == gateway.get("/tool").text == " []\n"
            for target in ("/tool?--rm", "/cgi-bin/tool.py?-r+-f", "/tool/x?y"):
                assert gateway.get(target).text == " []\n", target
            assert gateway.get("/echo?--rm").json["query"] == [["--rm", ""]]
        finally:
            gateway.stop()


def test_a_mistake_in_the_configuration_is_told_in_apaches_words(own: Site) -> None:
    said = refusal(own, configuration="Nonsense On")
    assert "Apache did not start" in said and "Invalid command 'Nonsense'" in said


def test_a_taken_port_is_told(own: Site) -> None:
    with Apache(str(own.root)) as first:
        assert "could not bind to address" in refusal(own, port=first.port)


def test_a_root_that_apache_cannot_quote_is_told(own: Site) -> None:
    odd = own.root.with_name("50% off")
    own.root.rename(odd)
    server = Apache(str(odd))
    with pytest.raises(click.ClickException, match="rename .*50% off"):
        server.start()
    odd.rename(own.root)


def test_a_python_that_does_not_run_the_site_is_told(own: Site) -> None:
    (own.root / ".venv").unlink()
    python = own.drop(".venv/bin/python3", "#!/bin/sh\necho no such luck >&2\nexit 1\n", 0o755)
    said = refusal(own)
    assert str(python) in said and "no such luck" in said and "rm -r .venv" in said


@pytest.mark.as_root
def test_a_python_in_a_closed_home_is_told(own: Site, tmp_path: Path) -> None:
    """The classic of a pyenv in /root: env finds it, but another user may not run it."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    (closed / "python3").symlink_to(os.path.realpath(sys.executable))
    (own.root / ".venv").unlink()
    (own.root / ".venv/bin").mkdir(parents=True)
    (own.root / ".venv/bin/python3").symlink_to(closed / "python3")
    said = refusal(own)
    assert "user nobody" in said and "everybody on this machine may run" in said


@pytest.mark.as_root
def test_settings_that_the_server_cannot_read_are_told(own: Site) -> None:
    os.chown(own.root / "site.ini", 0, 0)
    said = refusal(own)
    assert f"who cannot read {own.root}/site.ini: chown -R nobody '{own.root}/site.ini'" in said


@pytest.mark.as_root
def test_a_tree_in_a_closed_folder_is_told(own: Site) -> None:
    own.root.parent.chmod(0o700)
    said = refusal(own)
    assert f"the folder {own.root.parent} is closed to others" in said


@pytest.mark.as_root
def test_a_tree_that_is_closed_is_told(own: Site) -> None:
    for path in (own.root / "lib").rglob("*"):
        os.chown(path, 0, 0)
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert "chmod -R a+rX apache cgi-bin htdocs lib templates" in refusal(own)


@pytest.mark.parametrize(("option", "end"), [
    ("--apache", signal.SIGINT), ("--apache", signal.SIGHUP), ("--wsgi", signal.SIGTERM)])
def test_chapbook_serve_runs_it_until_it_is_interrupted(
    own: Site, option: str, end: signal.Signals
) -> None:
    """Ctrl-C works even where it was ignored at the start, and a closed terminal ends it too."""
    own.script("broken", "application = Page(get=lambda request: 1 / 0)")
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "root:", str(own.root / "var")], check=True)
        os.chown(own.root / "site.ini", 0, 0)
    port = free_port("127.0.0.1")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "chapbook.cli", "serve", option, "--port", str(port)],
        cwd=own.root, env={**os.environ, "PYTHONPATH": str(own.root / "lib")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        while f"http://127.0.0.1:{port}/" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        gateway = object.__new__(ApacheGateway)
        gateway.port = port
        eventually(lambda: _answers(gateway))
        assert gateway.post("/guestbook", b"name=Ann&message=Hi").status == 303
        assert gateway.get("/broken").status == 500
        for expected in ("GET 200", "POST 303", "GET 500", "error=ZeroDivisionError"):
            while expected not in said:
                said += process.stdout.readline()
        process.send_signal(end)
        rest, _ = process.communicate(timeout=15)
        assert process.returncode == 0, rest
        assert (said + rest).count("Traceback") == 1          # that of the broken page
        assert not _answers(gateway)
    finally:
        process.terminate()           # not kill: it has an Apache to end
        process.communicate(timeout=15)


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def _answers(gateway: ApacheGateway) -> bool:
    try:
        return gateway.get("/guestbook").status == 200
    except OSError:
        return False
