"""FastCGI under real servers: long bodies, processes that end and begin, a host's mod_fcgid."""
from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chapbook.hosting import htaccess, profiles

from tests.servers.conftest import SETTINGS
from tests.support.gateways import FcgidGateway, Gateway
from tests.support.gateways.fcgid import Fcgid
from tests.support.gateways.htaccess import drop_stub
from tests.support.gateways.nginx import NginxFastcgi
from tests.support.sites import TREE, Site, eventually
from tests.support.wire import multipart

WHO = "application = Page(get=lambda r: Response.text(str(os.getpid())), post=lambda r: " \
      "Response.text(str(os.getpid())), form=None)"
# A host where just .htaccess is the site's, and mod_fcgid is as it came.
HOST = """
DocumentRoot "{public}"
<Directory "{public}">
    Options ExecCGI FollowSymLinks
    AllowOverride {override}
    Require all granted
</Directory>
"""


@pytest.fixture
def own(apache_here: None) -> Iterator[Site]:
    """A site that a test may spoil."""
    made = Site(SETTINGS)
    made.script("who", WHO)
    yield made
    made.remove()


def on_a_host(site: Site, override: str = "FileInfo", more: str = "") -> Gateway:
    """The site above its public folder, by mod_fcgid, on a host that allows so much."""
    public = site.root.parent / "public"
    public.mkdir(exist_ok=True)
    site.drop("../public/.htaccess", htaccess.text("split", options=False, fastcgi=True) + more)
    drop_stub(site, "../public/cgi-bin/chapbook.py", "../../my site")
    return FcgidGateway(site, HOST.format(public=public, override=override))


def inside_a_host(site: Site) -> Gateway:
    """All of the site in its public folder, whose path has no space: mod_fcgid would cut it."""
    public = site.root.parent / "club"
    public.symlink_to(site.root)
    site.drop(".htaccess", htaccess.text("inside", options=False, fastcgi=True))
    for name, text in htaccess.locks(htaccess.RESPONDER).items():
        site.drop(name, text)
    return FcgidGateway(site, HOST.format(public=public, override="All"))


def upload(size: int) -> tuple[str, bytes]:
    """A form with a file of so many bytes."""
    return multipart(("file", "x", b"x" * size))


@pytest.mark.parametrize("layout", [on_a_host, inside_a_host], ids=["split", "inside"])
def test_on_a_host_with_mod_fcgid_htaccess_is_enough_and_long_bodies_arrive(
    own: Site, layout: Callable[[Site], Gateway]
) -> None:
    gateway = layout(own)
    try:
        assert len({gateway.get("/who").text for _ in range(3)}) == 1        # a process that stays
        assert gateway.get("/").status == 200 and gateway.get("/nothing").status == 404
        assert gateway.get("/echo/%C3%A9/a%20b").json["path_info"] == "/é/a b"
        assert gateway.get("/echo", Authorization="Basic dTpw").json["headers"] == {
            "Authorization": "Basic dTpw"}
        for size in (1000, 130_000, 131_072, 1_000_000):
            kind, body = upload(size)
            assert gateway.post("/echo", body, kind).json["files"][0][2] == size
        kind, body = upload(3 << 20)
        refused = gateway.post("/echo", body, kind)
        assert refused.status == 413 and b'<p class="status">413</p>' in refused.body
        chunked = gateway.ask("POST", "/echo", {
            "Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"},
            b"3\r\na=1\r\n0\r\n\r\n")
        assert chunked.status == 411
        for private in ("/apache/dispatch.wsgi", "/site.ini", "/lib/chapbook/config.py"):
            assert gateway.get(private).status in (403, 404)
        assert gateway.get("/who").text != gateway.post("/who", b"x" * 200_000).text   # by CGI
        own.script("who", "application = Page(get=lambda r: Response.text('edited'))")
        eventually(lambda: gateway.get("/who").text == "edited")
    finally:
        gateway.stop()


def test_where_a_host_has_no_cgi_a_long_body_is_refused_in_words(own: Site) -> None:
    """Without that line mod_fcgid would answer 500, and nobody would know why."""
    gateway = on_a_host(own, "All", f"LimitRequestBody {htaccess.FASTCGI_TAKES}\n")
    try:
        kind, body = upload(1000)
        assert gateway.post("/echo", body, kind).status == 200
        kind, body = upload(200_000)
        refused = gateway.post("/echo", body, kind)
        assert refused.status == 413 and "larger than this site takes" in refused.text
    finally:
        gateway.stop()


def test_processes_that_begin_anew_turn_nobody_away(own: Site) -> None:
    own.edit("lib/chapbook/server/fastcgi.py", "MOST_REQUESTS = 1000", "MOST_REQUESTS = 5")
    gateway = FcgidGateway(own)
    found: list[int] = []

    def visit() -> None:
        for _ in range(15):
            found.append(gateway.get("/answers/text").status)
    visitors = [threading.Thread(target=visit) for _ in range(4)]
    try:
        for each in visitors:
            each.start()
        for each in visitors:
            each.join()
        assert found == [200] * 60
        assert "[fcgid:" not in gateway.server.logs()
    finally:
        gateway.stop()


def test_what_a_page_prints_is_in_the_log_of_the_web_server(own: Site) -> None:
    own.script("prints", "def show(request):\n    print('a note')\n"
               "    return Response.text('printed')\n\n\napplication = Page(get=show)")
    gateway = FcgidGateway(own)
    try:
        assert gateway.get("/prints").text == "printed"
        eventually(lambda: "a note" in gateway.server.logs())
    finally:
        gateway.stop()


@pytest.fixture
def behind_nginx(own: Site) -> Iterator[NginxFastcgi]:
    """nginx, with FastCGI processes that the toolkit keeps itself."""
    gateway = NginxFastcgi(own)
    yield gateway
    gateway.stop()


def workers(gateway: NginxFastcgi) -> set[int]:
    """The processes that answer."""
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(gateway.program.pid)],
                              capture_output=True, text=True).stdout
    return {int(number) for number in children.split()}


def test_a_process_that_dies_is_replaced_and_all_can_be_begun_anew(
    behind_nginx: NginxFastcgi
) -> None:
    first = workers(behind_nginx)
    assert len(first) == 4 and int(behind_nginx.get("/who").text) in first
    os.kill(min(first), signal.SIGKILL)
    eventually(lambda: len(workers(behind_nginx)) == 4 and min(first) not in workers(behind_nginx))
    assert {behind_nginx.get("/who").status for _ in range(8)} == {200}
    behind_nginx.program.send_signal(signal.SIGHUP)
    eventually(lambda: len(workers(behind_nginx)) == 4 and not first & workers(behind_nginx))
    assert behind_nginx.get("/who").status == 200


def test_where_the_pages_are_down_nginx_says_so_and_they_can_be_started_again(
    behind_nginx: NginxFastcgi
) -> None:
    command = [str(argument) for argument in behind_nginx.program.args]
    assert stopped(command) == (1, f"{behind_nginx.socket}: Address already in use. Is it running "
                                "already, or does the folder belong to another user?\n")
    assert behind_nginx.get("/who").status == 200
    processes = workers(behind_nginx)
    behind_nginx.program.kill()                    # as a machine short of memory does
    behind_nginx.program.wait()
    eventually(lambda: not any(is_alive(process) for process in processes))
    down = behind_nginx.get("/who")
    assert down.status == 502 and "Please try again" in down.text
    assert down["X-Frame-Options"] == "DENY" and behind_nginx.get("/style.css").status == 200
    behind_nginx.behind()
    eventually(lambda: behind_nginx.get("/who").status == 200)
    behind_nginx.program.terminate()
    assert behind_nginx.program.wait(20) == 0 and not behind_nginx.socket.exists()


def test_who_starts_it_without_a_socket_is_told_how(own: Site) -> None:
    command = [str(own.root / ".venv/bin/python3"), str(own.root / "nginx/dispatch.py")]
    status, said = stopped(command)
    assert status == 2 and "--socket /run/my-site/fastcgi.sock says where to listen" in said
    status, said = stopped([*command, "--socket", "/tmp/" + "x" * 120])
    assert status == 1 and "may have 107 bytes at most" in said
    status, said = stopped([*command, "--socket", str(own.root / "nowhere/pages.sock")])
    assert status == 1 and "No such file or directory" in said


def stopped(command: list[str]) -> tuple[int, str]:
    """How a command ends, and what it says."""
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         cwd="/", env={"PATH": "/usr/bin:/bin"}, timeout=20)
    return ran.returncode, ran.stderr


def is_alive(process: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return re.sub(r".*\) ", "", file.read())[0] != "Z"
    except OSError:
        return False


def test_a_socket_that_only_some_may_use_is_for_them_alone(behind_nginx: NginxFastcgi) -> None:
    assert behind_nginx.socket.stat().st_mode & 0o777 == 0o660
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(behind_nginx.socket))
        line.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert line.recv(100) == b""
    assert behind_nginx.get("/who").status == 200


def shown(kind: str, number: int = 0) -> str:
    """A block of docs/hosting/fastcgi.md."""
    page = (TREE / "docs/hosting/fastcgi.md").read_text("utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", page, re.S)[number]


def test_the_lines_for_apache_that_the_documentation_shows_serve_a_site(own: Site) -> None:
    lines = shown("apache", -1).replace("/srv/club", str(own.root))
    assert lines.count("Define ") == 3

    class Shown(Fcgid):
        def _text(self, modules: str, wsgi: str, port: int) -> str:
            self._configuration = f"Define CHAPBOOK_PORT {port}\n{lines}"
            return super()._text(modules, wsgi, port)

    gateway = object.__new__(FcgidGateway)
    with Shown(str(own.root), configuration="") as server:
        gateway.site, gateway.port = own, server.port
        assert gateway.get("/").status == 200 and gateway.get("/style.css").status == 200
        kind, body = upload(200_000)
        assert gateway.post("/echo", body, kind).json["files"][0][2] == 200_000


def test_the_profile_that_the_documentation_shows_gives_the_lines_that_it_shows(
    own: Site, tmp_path: Path
) -> None:
    own_host = tmp_path / "our-host.ini"
    own_host.write_text(shown("ini"), "utf-8")
    profile = profiles.read(str(TREE), str(own_host))
    assert profile.kind == "fastcgi" and profile.handler
    assert shown("apache", 1) in htaccess.text("split", fastcgi=True)
    assert shown("apache", 0) == f"LimitRequestBody {htaccess.FASTCGI_TAKES}\n"


def test_the_services_for_systemd_start_what_there_is() -> None:
    for name, told in (("fastcgi", "--socket"), ("uwsgi", "--ini")):
        text = (TREE / f"nginx/chapbook-{name}.service").read_text("utf-8")
        command = re.search(r"(?m)^ExecStart=(.+)$", text)
        assert command is not None and told in command[1]
        for path in re.findall(r"/srv/club/(nginx/\S+)", command[1]):
            assert (TREE / path).is_file(), path
