"""The two scanners, and what they say, as findings."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.scanners.place import ENDS_IT, Place, Request

HOME = Path(__file__).resolve().parents[2] / "var/scanners"
PACKAGES = {"sqlmap": "sqlmap", "wapiti": "wapiti3"}
SEVERITIES = ("info", "low", "medium", "high", "critical")
# All of wapiti's modules but those that ask servers elsewhere, know other programs' pages, or look
# for what there is no trace of here: LDAP, which it sees in any page that finds other words.
MODULES = ("backup", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess",
           "http_headers", "methods", "permanentxss", "redirect", "shellshock", "sql",
           "timesql", "upload", "xss")
FORGED = ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
          {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"})
PARAMETER = re.compile(r"^Parameter: (.+)$", re.M)


class Finding:
    """What a scanner says is wrong, where, and how bad (0 to 4, a place in SEVERITIES)."""

    def __init__(self, severity: int, scanner: str, what: str, where: str) -> None:
        self.severity, self.scanner, self.what, self.where = severity, scanner, what, where

    def __str__(self) -> str:
        return f"{SEVERITIES[self.severity]:9} {self.scanner:7} {self.what}: {self.where}"


def program(name: str) -> str:
    """The path of a scanner; it is installed into var/scanners where it is not on the PATH."""
    found = shutil.which(name) or shutil.which(name, path=str(HOME / "bin"))
    if found is None:
        print(f"installing {PACKAGES[name]} into {HOME}", flush=True)
        if not (HOME / "bin/python").exists():
            subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
        subprocess.run([HOME / "bin/pip", "install", "-q", PACKAGES[name]], check=True)
        found = str(HOME / "bin" / name)
    return found


def sqlmap(place: Place, request: Request, folder: Path, threads: int = 4) -> list[Finding]:
    """What sqlmap finds in the parameters of one request, or in its path where that has a *."""
    folder = Path(tempfile.mkdtemp(prefix="sqlmap-", dir=folder))
    file = folder / "request"
    body = f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{request.body}"
    file.write_text(f"{request.method} {request.path} HTTP/1.1\r\nHost: {place.url[7:]}\r\n"
                    f"Cookie: {place.cookie}\r\n{body if request.body else chr(13) + chr(10)}",
                    newline="")
    which = ["-p", ",".join(request.names)] if request.names else []
    done = subprocess.run(
        [program("sqlmap"), "-r", file, *which, "--batch", "--level=3", "--risk=2", "--dbms=MySQL",
         "--technique=BEUST", f"--threads={threads}", "--flush-session", "--drop-set-cookie",
         "--disable-coloring", "--timeout=15", "--retries=1", "--time-sec=3", "--ignore-redirects",
         "--ignore-code=401,429,503",             # else it waits as long as they say
         f"--output-dir={folder / 'sqlmap'}"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    (folder / "sqlmap.log").write_text(f"{request}\n{said}")
    if "identified the following injection point" in said:
        return [Finding(4, "sqlmap", "SQL injection", f"{request.method} {request.path}, {name}")
                for name in sorted(set(PARAMETER.findall(said)))]
    if "not injectable" not in said and "not appear to be" not in said:
        return [Finding(2, "sqlmap", "it could not try this", f"{request}: {said[-300:]!r}")]
    return []


def wapiti(
    place: Place, starts: list[str], folder: Path, seconds: int, scope: str = "folder",
    modules: Sequence[str] = MODULES,
) -> list[Finding]:
    """What wapiti finds from these paths on; each module has at most so many seconds."""
    report = folder / "wapiti.json"
    report.unlink(missing_ok=True)
    more = [word for path in starts[1:] for word in ("-s", place.url + path)]
    without = [word for path in ENDS_IT for word in ("-x", f"{place.url}{path}*")]
    command = [
        program("wapiti"), "-u", place.url + starts[0], *more, *without, "--scope", scope,
        "-m", ",".join(modules), "-l", "2", "--cookie-value", place.cookie, "--flush-session",
        "--store-session", folder, "--store-config", folder, "--max-scan-time", str(seconds),
        "--max-attack-time", str(seconds), "--tasks", "8", "--no-bugreport", "-f", "json",
        "-o", report, "-v", "1"]
    log = folder / "wapiti.log"
    with log.open("w") as out:
        subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    if not report.exists():
        return [Finding(2, "wapiti", "it could not try this", log.read_text()[-800:])]
    found = json.loads(report.read_text("utf-8"))
    return [_judged(place, kind, each)
            for part in ("vulnerabilities", "anomalies") for kind, several in found[part].items()
            for each in several]


def _judged(place: Place, kind: str, each: dict[str, Any]) -> Finding:
    """A finding of wapiti's; one about forged requests counts for nothing where they are refused.

    It looks for a token in the form. What is tried here is the thing itself: the same request, as
    browsers of today and of yesterday send it from another site.
    """
    level, info = int(each["level"]), each["info"]
    if kind == "Cross Site Request Forgery":
        method, path = each["http_request"].split(" ", 2)[:2]
        if all(place.forged(method, path, **headers) == 403 for headers in FORGED):
            level, info = 0, "no token, and not needed: what another site sends was refused"
    return Finding(level, "wapiti", kind, f"{each['method']} {each['path']}: {info}")
