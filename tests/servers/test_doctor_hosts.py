"""The doctor and hosts that do not give what a site needs: each is found, and nothing else."""
from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook.cli import apache
from chapbook.doctor import host, rules
from chapbook.doctor.place import Place
from chapbook.doctor.probe import Probe
from chapbook.hosting import htaccess

from tests.support.firewall import Firewall
from tests.support.hosted import Hosted

LISTED = ("AllowOverrideList Options RewriteEngine RewriteBase RewriteCond RewriteRule SetEnv"
          " AddDefaultCharset SetEnvIf Header RequestHeader ErrorDocument ForceType RedirectMatch"
          " Require")
# Programs in the place of Python: one that says that it is old, one that cannot be started.
PYTHONS = Path(tempfile.gettempdir()) / f"chapbook-pythons-{os.getpid()}"
PUBLIC, WHOLE = "htdocs/.htaccess", ".htaccess"


def folder(override: str, options: str = "SymLinksIfOwnerMatch", top: str = "/htdocs") -> str:
    """A host that has only this folder, and lets its .htaccess say so much."""
    return f"""
<VirtualHost *:${{CHAPBOOK_PORT}}>
    DocumentRoot "${{CHAPBOOK_ROOT}}{top}"
    TraceEnable off
    ScriptAlias "/cgi-bin/" "${{CHAPBOOK_ROOT}}/htdocs/cgi-bin/"
    <Directory "${{CHAPBOOK_ROOT}}">
        Options {options}
        {override}
        Require all granted
    </Directory>
    <Directory "${{CHAPBOOK_ROOT}}/htdocs/cgi-bin">
        Options +ExecCGI
    </Directory>
</VirtualHost>"""


def without_cgi(block: str) -> str:
    """A host that has only this folder, and starts no programs there."""
    return re.sub(r" *ScriptAlias .*\n| *Options \+ExecCGI\n", "", folder("AllowOverride FileInfo"))


def with_lines(lines: str) -> Callable[[str], str]:
    """The tree's virtual host with these lines before its end."""
    return lambda block: block.replace("</VirtualHost>", f"{lines}\n</VirtualHost>")


def changed(old: str, new: str) -> Callable[[str], str]:
    """The tree's virtual host with something replaced."""
    def change(block: str) -> str:
        assert old in block
        return block.replace(old, new)
    return change


STALE = """
<VirtualHost *:${CHAPBOOK_PORT}>
    WSGIDaemonProcess stale processes=1 threads=1 home="${CHAPBOOK_ROOT}" \\
        lang=C.UTF-8 locale=C.UTF-8 umask=0077
    WSGIScriptAlias "/" "${CHAPBOOK_ROOT}/apache/own.wsgi" \\
        process-group=stale application-group=%{GLOBAL}
    WSGIPassAuthorization On
    TraceEnable off
    <Directory "${CHAPBOOK_ROOT}/apache">
        AllowOverride None
        Require all granted
    </Directory>
</VirtualHost>"""
OWN_WSGI = """
import os, sys
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, ROOT + "/lib")
from chapbook.server.dispatch import Dispatcher
from chapbook.server.static import Static
application = Static(ROOT + "/htdocs", Dispatcher(ROOT))
"""
AGAIN = 'RewriteRule "^(.*)$" "http://localhost:${CHAPBOOK_PORT}$1" [R=301,L]\n'
ADDRESS = "${CHAPBOOK_ADDRESS}:${CHAPBOOK_PORT}>"


def behind_a_proxy(block: str) -> str:
    """The tree's virtual host, and before it one that passes all on to it."""
    modules, back = apache.find()[1], apache.free_port("127.0.0.1")
    assert ADDRESS in block
    return f"""
LoadModule proxy_module "{modules}/mod_proxy.so"
LoadModule proxy_http_module "{modules}/mod_proxy_http.so"
Listen 127.0.0.1:{back}
<VirtualHost *:${{CHAPBOOK_PORT}}>
    ProxyPreserveHost On
    ProxyPass "/" "http://127.0.0.1:{back}/"
    TraceEnable off
</VirtualHost>
{block.replace(ADDRESS, f"*:{back}>")}"""


HOSTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "sound": ("cgi", lambda block: block),
    "no path": ("cgi", lambda block: 'Define CHAPBOOK_PATH "/nowhere"\n' + block),
    "old python": ("cgi", lambda block: f'Define CHAPBOOK_PATH "{PYTHONS}/old"\n' + block),
    "shut python": ("cgi", lambda block: f'Define CHAPBOOK_PATH "{PYTHONS}/shut"\n' + block),
    "few letters": ("cgi", with_lines(
        "SetEnv LC_ALL C\nSetEnv PYTHONUTF8 0\nSetEnv PYTHONCOERCECLOCALE 0")),
    "few processes": ("cgi", with_lines("RLimitNPROC 1 1")),
    "no threads": ("cgi", with_lines("RLimitMEM 60000000 60000000")),
    "no authorization": ("cgi", changed("CGIPassAuth On", "CGIPassAuth Off")),
    "small bodies": ("cgi", lambda block: "Define CHAPBOOK_MOST_BYTES 300000\n" + block),
    "in a circle": ("cgi", changed("RewriteEngine On", f"RewriteEngine On\n{AGAIN}")),
    "proxied": ("cgi", behind_a_proxy),
    "fcgid": ("fcgid", lambda block: block),
    "small fcgid": ("fcgid", lambda block: re.sub(" +FcgidMaxRequestLen .*\n", "", block)),
    "stale": ("wsgi", lambda block: STALE),
    "split": ("cgi", lambda block: folder("AllowOverride All")),
    "no options": ("cgi", lambda block: folder("AllowOverride FileInfo")),
    "some options": ("cgi", lambda block: folder("AllowOverride FileInfo Options")),
    "no handler": ("cgi", lambda block: folder(f"AllowOverride Options\n{LISTED}")),
    "no header": ("cgi", lambda block: folder(
        "AllowOverride Options\n" + LISTED.replace("Header", "SetHandler", 1))),
    "no cgi": ("cgi", without_cgi),
    "no links": ("cgi", lambda block: folder("AllowOverride All", "None")),
    "inside": ("cgi", lambda block: folder("AllowOverride All", top="")),
    "inside without": ("cgi", lambda block: folder("AllowOverride FileInfo AuthConfig", top="")),
}


@pytest.fixture(scope="module")
def hosted(apache_here: None) -> Iterator[Hosted]:
    """The site on all these hosts."""
    made = Hosted(HOSTS)
    PYTHONS.mkdir()
    for name, text in (("old", '[ "$1" = -c ] && echo 3.6 && exit\nexit 1'), ("shut", "exit 126")):
        program = PYTHONS / name / "python3"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        program.chmod(0o755)
    yield made
    made.stop()
    shutil.rmtree(PYTHONS)


@pytest.mark.parametrize("host", ["sound", "fcgid"])
def test_a_sound_site_has_nothing_wrong(hosted: Hosted, host: str) -> None:
    assert hosted.findings(host) == []


@pytest.mark.parametrize(("host", "name"), [
    ("no path", "interpreter-missing"),
    ("old python", "python-version"), ("shut python", "interpreter-closed"),
    ("few letters", "encoding"),
    ("few processes", "process-cap"), ("no threads", "thread-cap"),
    ("no authorization", "authorization-missing"), ("small bodies", "body-limit"),
    ("small fcgid", "body-limit"), ("in a circle", "redirect-loop"),
    ("proxied", "proxy-unnamed"),
])
def test_a_host_that_lacks_something(hosted: Hosted, host: str, name: str) -> None:
    assert hosted.names(host, bodies=name in ("body-limit", "thread-cap")) == [name]


def test_a_proxy_that_the_site_knows_of(hosted: Hosted) -> None:
    with hosted.as_it_was("site.ini") as path:
        path.write_text(path.read_text("utf-8").replace(
            "[site]\n", "[site]\nproxies = 127.0.0.1\n"), "utf-8")
        assert hosted.names("proxied") == []


def test_a_firewall_that_does_not_like_some_words(hosted: Hosted) -> None:
    with Firewall(hosted.server("sound").port, b"script%3E") as firewall:
        [finding] = hosted.findings("sound", port=firewall.port)
        assert finding.name == "firewall"


def test_what_is_known_of_a_limit_is_said(hosted: Hosted) -> None:
    place = Place(str(hosted.root))
    known = {"small fcgid": "only 128 KB", "small bodies": "hardly more than 256 KB"}
    for name, words in known.items():
        probe = Probe(f"http://127.0.0.1:{hosted.server(name).port}")
        with host._sent(place, probe) as sent:
            assert sent is not None
            [finding] = host._bodies(place, sent)
        probe.close()
        assert words in finding.sentence
        assert ("FcgidMaxRequestLen" in finding.remedy) == (name == "small fcgid")


def test_modules_that_the_server_does_not_load_anew(hosted: Hosted) -> None:
    name = "lib/collection/guestbook.py"
    with hosted.as_it_was(name, "apache/own.wsgi") as path:
        hosted.site.drop("apache/own.wsgi", OWN_WSGI)
        assert hosted.status("stale", "/guestbook") == 200
        assert hosted.names("stale", bodies=False) == []
        path.write_text(path.read_text("utf-8").replace("\ndef ", "\n\ndef ", 1), "utf-8")
        [finding] = hosted.findings("stale", bodies=False)
        assert finding.name == "code-stale" and "collection.guestbook" in finding.sentence


SPLIT = htaccess.text("split").replace(" -MultiViews", "")
INSIDE = htaccess.text("inside")
REFUSED = [
    ("no options", PUBLIC, SPLIT, "htaccess-options", "Options +ExecCGI -Indexes"),
    ("some options", PUBLIC, SPLIT.replace("Options +ExecCGI", "Options -MultiViews +ExecCGI"),
     "htaccess-options", "everything: Options -MultiViews."),
    ("no handler", PUBLIC, SPLIT, "htaccess-handler", "SetHandler cgi-script"),
    ("no header", PUBLIC, SPLIT, "htaccess-line", "Header always set"),
    ("split", PUBLIC, SPLIT + "ExpiresActiv On\n", "htaccess-line", "ExpiresActiv On"),
    ("no links", PUBLIC, SPLIT, "htaccess-links", "SymLinksIfOwnerMatch"),
    ("inside without", WHOLE, INSIDE, "htaccess-options", "Options +ExecCGI"),
]


@pytest.mark.parametrize(("host", "file", "text"), [("split", PUBLIC, SPLIT),
                                                    ("inside", WHOLE, INSIDE)])
def test_a_sound_site_by_htaccess_has_nothing_wrong(
    hosted: Hosted, host: str, file: str, text: str
) -> None:
    with hosted.as_it_was(file):
        hosted.site.drop(file, text)
        assert hosted.names(host, bodies=False) == []


@pytest.mark.parametrize(("host", "file", "text", "name", "told"), REFUSED, ids=[
    "options", "option", "handler", "header", "mistyped", "links", "inside"])
def test_a_line_that_the_host_refuses(
    hosted: Hosted, host: str, file: str, text: str, name: str, told: str
) -> None:
    with hosted.as_it_was(file):
        hosted.site.drop(file, text)
        assert hosted.status(host, "/style.css") in (403, 500)
        [finding] = hosted.findings(host, bodies=False)
        assert finding.name == name and told in finding.sentence + finding.remedy
        assert (hosted.root / file).read_text("utf-8") == text       # it is back
        assert not list(hosted.root.rglob("doctor-*"))


@pytest.mark.parametrize("handler", ["SetHandler cgi-script", ""], ids=["refused", "none"])
def test_a_host_that_starts_no_programs(hosted: Hosted, handler: str) -> None:
    with hosted.as_it_was(PUBLIC):
        hosted.site.drop(PUBLIC, SPLIT.replace("Options +ExecCGI -Indexes", "").replace(
            "SetHandler cgi-script", handler))
        assert hosted.names("no cgi", bodies=False) == ["cgi-off"]


def test_nothing_is_open_while_lines_are_tried(hosted: Hosted) -> None:
    """Where all lies in the public folder, another rule stands in the place of the site's."""
    seen = []
    real = rules._status

    def status(place: Any, *rest: Any) -> int:
        seen.append(hosted.status("inside without", "/site.ini"))
        seen.append(hosted.status("inside without", "/lib/chapbook/__init__.py"))
        return real(place, *rest)

    with hosted.as_it_was(WHOLE), pytest.MonkeyPatch.context() as patch:
        hosted.site.drop(WHOLE, INSIDE)
        patch.setattr(rules, "_status", status)
        assert hosted.names("inside without", bodies=False) == ["htaccess-options"]
    assert set(seen) == {403}


def test_a_doctor_who_was_interrupted_is_put_right_by_the_next(hosted: Hosted) -> None:
    with hosted.as_it_was(PUBLIC):
        hosted.site.drop(PUBLIC, SPLIT).rename(hosted.root / "htdocs" / rules.KEPT)
        assert hosted.status("split", "/") != 200
        assert hosted.names("split", bodies=False) == []
        assert (hosted.root / PUBLIC).read_text("utf-8") == SPLIT


def test_what_an_interrupted_doctor_has_left_is_taken_away(hosted: Hosted) -> None:
    word, old = "0123456789abcdef", time.time() - 3600
    left = [hosted.site.drop(name, "left behind") for name in (
        f"cgi-bin/doctor-{word}.py", f"htdocs/doctor-{word}.txt", f"htdocs/doctor-{word}/asked")]
    kept = [hosted.site.drop(name, "not the doctor's, or of one at work") for name in (
        "htdocs/doctor-who.txt", f"htdocs/doctor-{word[::-1]}.txt")]
    for path in [*left, left[2].parent, kept[0]]:
        os.utime(path, (old, old))
    hosted.findings("sound", bodies=False)
    assert not any(path.exists() for path in left) and all(path.exists() for path in kept)
    for path in kept:
        path.unlink()


def test_where_nobody_knows_why_a_log_may_tell(hosted: Hosted) -> None:
    with hosted.as_it_was("cgi-bin/index.py", "htdocs/error_log") as path:
        dying = "def application(environ, start_response):\n    os._exit(1)\n\n\nif __name__"
        path.write_text(path.read_text("utf-8").replace("if __name__", dying), "utf-8")
        assert hosted.names("sound", bodies=False) == ["site-fails"]
        hosted.site.drop("htdocs/error_log", "[cgid:error] (12)Cannot allocate memory: AH01240\n"
                         "[cgid:error] End of script output before headers: index.py\n")
        assert hosted.names("sound", bodies=False) == ["log-memory"]


SETTINGS = {
    "debug-on": ("[site]", "[site]\ndebug = yes"),
    "base-url-http": ("base_url = https:", "base_url = http:"),
    "base-url-empty": ("base_url = https://www.club.example", "base_url ="),
    "hosts-everybody": ("[site]", "[site]\nhosts = *"),
    "sendmail-missing": ("sendmail = /bin/true", "sendmail = /bin/not-there"),
    "mail-folder": ("via = sendmail", "via = folder"),
    "sender-elsewhere": ("site@club.example", "ann@freemail.example"),
    "mysql-host": ("[site]", "[database]\nengine = mysql\nhost = 127.0.0.1\nport = 1\n"
                             "name = club\nuser = club\npassword = x\n[site]"),
    "settings-broken": ("[site]", "[site]\nnonsense"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_are_wrong(hosted: Hosted, name: str) -> None:
    old, new = SETTINGS[name]
    with hosted.as_it_was("site.ini") as path:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        assert hosted.names("sound", bodies=False) == [name]


def test_rules_that_lead_to_themselves(hosted: Hosted) -> None:
    circle = SPLIT.replace("RewriteEngine On\n",
                           'RewriteEngine On\nRewriteRule "^(.*)$" "pages/$1" [L]\n', 1)
    with hosted.as_it_was(PUBLIC):
        hosted.site.drop(PUBLIC, circle)
        assert hosted.status("split", "/") == 500
        assert hosted.names("split", bodies=False) == ["rewrite-loop"]
