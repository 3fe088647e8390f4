"""Lines of servers' logs, as they were written by the servers, and the cause that each tells."""
from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from chapbook import doctor
from chapbook.doctor import serverlog
from chapbook.doctor.place import Place

from tests.support.sound import Sound

APACHE = "[Sun Nov 22 18:18:13.730927 2026] [core:error] [pid 15242:tid 15247] [client 127.0.0.1] "
ENDED = APACHE + "End of script output before headers: index.py"
LINES = {
    "/usr/bin/env: 'python3\\r': No such file or directory": "script-line-ends",
    "/usr/bin/env: ‘python3.99’: No such file or directory": "interpreter-missing",
    "env: python3: No such file or directory": "interpreter-missing",
    "/usr/bin/env: 'python3': Permission denied": "interpreter-closed",
    APACHE + "(8)Exec format error: AH01241: error spawning CGI child: exec of '/srv/index.py' "
    "failed": "script-start",
    "[2026-11-22 18:31:06]: (8)Exec format error: exec failed (index.py)": "script-start",
    APACHE + "(2)No such file or directory: AH01241: error spawning CGI child: exec of "
    "'/srv/index.py' failed": "interpreter-missing",
    APACHE + "(13)Permission denied: AH01241: error spawning CGI child: exec of '/srv/index.py' "
    "failed": "script-mode",
    "[2026-11-22 18:31:06]: target uid/gid (1003/1003) mismatch with directory (1003/1003) or "
    "program (1/1003)": "script-owner",
    "[2026-11-22 18:31:06]: file is writable by others: (/var/www/index.py)": "code-writable",
    "[2026-11-22 18:31:06]: directory is writable by others: (/var/www)": "code-writable",
    "[2026-11-22 18:31:06]: file has no execute permission: (/var/www/index.py)": "script-mode",
    "[2026-11-22 18:31:06]: command not in docroot (/srv/index.py)": "log-suexec",
    "[2026-11-22 18:31:06]: cannot run as forbidden uid (0/index.py)": "log-suexec",
    "suexec policy violation: see suexec log for more details": "log-suexec",
    APACHE + "/srv/.htaccess: Options not allowed here": "htaccess-options",
    APACHE + "/srv/.htaccess: Option MultiViews not allowed here": "htaccess-options",
    APACHE + "/srv/.htaccess: SetHandler not allowed here": "htaccess-handler",
    APACHE + "/srv/.htaccess: CGIPassAuth not allowed here": "htaccess-line",
    APACHE + "/srv/.htaccess: Invalid command 'Hedaer', perhaps misspelled or defined by a module "
    "not included in the server configuration": "htaccess-line",
    APACHE + "AH00124: Request exceeded the limit of 10 internal redirects due to probable "
    "configuration error.": "rewrite-loop",
    APACHE + "AH00670: Options FollowSymLinks and SymLinksIfOwnerMatch are both off, so the "
    "RewriteRule directive is also forbidden due to its similar ability to circumvent directory "
    "restrictions : /srv/": "htaccess-links",
    APACHE + "(13)Permission denied: AH00529: /srv/.htaccess pcfg_openfile: unable to check "
    "htaccess file, ensure it is readable and that '/srv/' is executable": "log-unreadable",
    APACHE + "AH02809: Options ExecCGI is off in this directory: /srv/index.py": "cgi-off",
    APACHE + "malformed header from script 'index.py': Bad header: hello": "output-early",
    APACHE + "mod_fcgid: HTTP request length 131073 (so far) exceeds MaxRequestLen (131072)":
        "body-limit",
    APACHE + "AH01587: Requested content-length of 300 is larger than the configured limit of 200":
        "body-limit",
    "2026/11/22 18:31:06 [error] 7#7: *1 client intended to send too large body: 2097152 bytes":
        "body-limit",
    'ModSecurity: Access denied with code 403 (phase 2). Matched phrase [id "941100"]': "firewall",
    "ModuleNotFoundError: No module named 'chapbook'": "lib-missing",
    "ModuleNotFoundError: No module named 'chapbook.doctor'": "lib-missing",
    "ModuleNotFoundError: No module named 'yaml'": "script-import",
    "ImportError: cannot import name 'Pages' from 'chapbook' (/srv/lib/chapbook/__init__.py)":
        "script-import",
    "UnicodeEncodeError: 'ascii' codec can't encode character '\\xe4' in position 1": "encoding",
    "RuntimeError: can't start new thread": "thread-cap",
    "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?":
        "script-syntax",
    "OSError: [Errno 28] No space left on device": "disk-full",
    "PermissionError: [Errno 13] Permission denied: '/srv/var/log/chapbook.log'": "var-unwritable",
    "DAMN ! worker 1 (pid: 7) died, killed by signal 9 :( trying respawn ...": "log-memory",
    APACHE + "(11)Resource temporarily unavailable: AH01240: couldn't spawn child process":
        "process-cap",
    APACHE + "(70007)The timeout specified has expired: AH01220: Timeout waiting for output from "
    "CGI script /srv/index.py": "log-slow",
    "2026/11/22 18:31:06 [error] 7#7: *1 upstream timed out (110: Connection timed out) while "
    "reading response header from upstream": "log-slow",
    APACHE + "Timeout when reading response headers from daemon process 'club': /srv/dispatch.wsgi":
        "log-slow",
    "2026/11/22 18:31:06 [crit] 7#7: *1 connect() to unix:/run/site.sock failed (2: No such file "
    "or directory) while connecting to upstream": "log-gateway",
    APACHE + "(2)No such file or directory: WSGI0070: Unable to connect to WSGI daemon process "
    "'club' on '/run/wsgi.1.0.1.sock'.": "log-gateway",
    "--- no python application found, check your startup logs for errors ---": "log-no-application",
    APACHE + "Target WSGI script '/srv/own.wsgi' does not contain WSGI application 'application'.":
        "log-no-application",
    APACHE + "AH01630: client denied by server configuration: /srv/lib/": "log-denied",
    APACHE + "AH02811: script not found or unable to stat: /usr/lib/cgi-bin/x.py": "log-not-found",
    ENDED: "log-ended-early",
    "Premature end of script headers: index.py": "log-ended-early",
    APACHE + "Truncated or oversized response headers received from daemon process 'club': "
    "/srv/dispatch.wsgi": "log-ended-early",
    "2026/11/22 18:31:06 [error] 7#7: *1 upstream prematurely closed connection while reading "
    "response header from upstream": "log-ended-early",
}
QUIET = [
    APACHE + "AH00489: Apache/2.4.71 (Debian) configured -- resuming normal operations",
    APACHE + "AH00094: Command line: '/usr/sbin/apache2'",
    "[2026-11-22 18:31:06]: uid: (65534/nobody) gid: (65534/nogroup) cmd: guestbook.py",
    "GuestbookPage: somebody wrote about the word not found",
    "spawned uWSGI worker 1 (pid: 7, cores: 1)",
    "",
]


@pytest.mark.parametrize("name", sorted(set(LINES.values())))
def test_a_line_tells_its_cause(name: str) -> None:
    for line in [line for line, known in LINES.items() if known == name]:
        found = serverlog.causes([*QUIET, line, *QUIET])
        assert [finding.name for finding in found] == [name], line
        assert line.strip()[:50] in found[0].sentence
        assert "{" not in found[0].sentence.partition("The log says")[0] + found[0].remedy


def test_lines_about_nothing_tell_nothing() -> None:
    assert serverlog.causes(QUIET) == []


@pytest.mark.parametrize("order", [1, -1])
def test_a_symptom_is_explained_by_what_stands_near(order: int) -> None:
    lines = ["ModuleNotFoundError: No module named 'yaml'", ENDED][::order]
    assert [finding.name for finding in serverlog.causes(lines)] == ["script-import"]


def test_a_symptom_far_from_any_cause_is_told() -> None:
    lines = ["ModuleNotFoundError: No module named 'yaml'", *QUIET * serverlog.NEAR, ENDED]
    assert [finding.name for finding in serverlog.causes(lines)] == [
        "log-ended-early", "script-import"]


def test_each_cause_is_told_once_with_its_last_line() -> None:
    [finding] = serverlog.causes([f"No module named '{name}'" for name in ("a", "b", "c")])
    assert "No module named 'c'" in finding.sentence


def test_what_would_do_something_to_a_terminal_does_not() -> None:
    [finding] = serverlog.causes(["No module named 'a{word.__class__}\x1b[2J'"])
    assert "\x1b" not in finding.sentence


def test_a_log_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "error.log"
    path.write_text("No module named 'yaml'\n" + "nothing\n" * 100 + ENDED + "\n", "utf-8")
    assert len(serverlog.read(str(path))) == 2
    monkeypatch.setattr(serverlog, "MOST", 300)
    assert len(serverlog.read(str(path))) == 1


def test_the_logs_of_the_site_are_found(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(sound.root.parent))
    (sound.root.parent / "logs").mkdir()
    logs = [sound.root / "htdocs/error_log", sound.root.parent / "logs/club.error.log"]
    for path in logs:
        path.write_text(ENDED + "\n", "utf-8")
    place = Place(str(sound.root))
    assert list(serverlog.usual(place)) == [str(path) for path in logs]
    old = time.time() - 2 * serverlog.RECENT
    os.utime(logs[0], (old, old))
    assert list(serverlog.usual(place)) == [str(logs[1])]


def test_every_name_is_one_of_the_doctor() -> None:
    assert {rule[1] for rule in serverlog.RULES} <= set(doctor.SEVERITIES)


@pytest.mark.parametrize("line", [
    APACHE + "AH01630: client denied by server configuration: /srv/lib/, referer: "
    "https://site.example/No space left on device",
    '2026/11/22 18:31:06 [error] 7#7: *1 access forbidden by rule, client: 127.0.0.1, server: s, '
    'request: "GET /MemoryError HTTP/1.1", host: "s", referrer: "No space left on device"'])
def test_what_a_visitor_has_written_into_a_log_tells_nothing(line: str) -> None:
    assert [each.name for each in serverlog.causes([line])] in ([], ["log-denied"])


@pytest.mark.parametrize("word", [".htaccess: ", "PermissionError: ", "FollowSymLinks"])
def test_a_line_without_an_end_is_read_as_quickly_as_any(word: str) -> None:
    begun = time.process_time()
    serverlog.causes([word * 50_000])
    assert time.process_time() - begun < 1


def test_a_pipe_is_no_log(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(OSError, match="it is no file"):
        serverlog.read(str(tmp_path / "log"))
