"""The doctor and a running site under Apache: each fault is found, and nothing else with it."""
from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.doctored import Break, Doctored, editing, giving_out, missing, without
from tests.support.mariadb import need

EXPOSED = {
    "settings-served": r"site\.ini", "data-served": r"var/doctor-.*",
    "code-served": r"lib/chapbook/__init__\.py", "bytecode-served": r"lib/.*\.pyc",
    "git-served": r"\.git/HEAD", "dotfile-served": r"\.env", "templates-served": r"templates/.*",
    "tests-served": r"tests/.*\.py", "metadata-served": r"setup\.cfg",
    "script-served": r"cgi-bin/[a-z]+\.py", "folder-listed": "htdocs/pictures/",
}
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy",
           "Cross-Origin-Opener-Policy", "X-Frame-Options")
PLACES = {"first page": "^/$", "page for errors": "^/doctor-asks", "files": r"^/doctor-.*\.txt$"}
FLAGS = {"Secure": ("; Secure", ""), "HttpOnly": ("; HttpOnly", ""),
         "SameSite=Lax": ("SameSite=Lax", "SameSite=None"), "__Host-": ("__Host-", "")}
ALLOW_INLINE = "\"default-src 'self' 'unsafe-inline'\""
BREAKS = {
    **{name: giving_out(pattern) for name, pattern in EXPOSED.items()},
    **{header: without(header, "^/$") for header in HEADERS},
    **{place: without("X-Content-Type-Options", where) for place, where in PLACES.items()},
    **{flag: editing(*change) for flag, change in FLAGS.items()},
    "inline": Break("", f'<Location "/">\nHeader set Content-Security-Policy {ALLOW_INLINE}\n'
                        "</Location>"),
    "kept": without("Cache-Control", "^/account/signin$"),
    "trace": Break("", "", ("TraceEnable off", "TraceEnable on")),
    "proxy": Break("", 'Header always set Via "1.1 varnish"'),
    "no hsts": Break(hsts=False),
    "failing": Break('RewriteRule "^/$" "-" [R=500,L]'),
    "foreign": Break(certificate="foreign"),
    "moved": Break('RewriteRule "^" "https://elsewhere.example/" [R=301,L]', site=False),
    "other": Break('RewriteRule "^" "-" [R=404,L]', site=False),
    "redirecting": Break('RewriteRule "^" "https://localhost/" [R=301,L]', https=False, hsts=False,
                         site=False),
    "closed": Break('RewriteRule "^" "-" [R=403,L]', https=False, hsts=False, site=False),
    "plain": Break(https=False, hsts=False),
    # A host on which everything lies in the document root, and an .htaccess keeps it apart.
    "htaccess": Break("", 'DocumentRoot "${CHAPBOOK_ROOT}"\n<Directory "${CHAPBOOK_ROOT}">\n'
                          "Options FollowSymLinks\nAllowOverride All\nRequire all granted\n"
                          "</Directory>\nTraceEnable off", site=False),
    # A host on which everything lies in the document root and no .htaccess counts.
    "bare": Break("", 'DocumentRoot "${CHAPBOOK_ROOT}"\n<Directory "${CHAPBOOK_ROOT}">\n'
                      "Options +Indexes\nAllowOverride None\nRequire all granted\n</Directory>",
                  site=False),
}


@pytest.fixture(scope="module")
def doctored(apache_here: None) -> Iterator[Doctored]:
    """The site and its many hosts."""
    need(missing())
    made = Doctored(BREAKS)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _trusted(doctored: Doctored, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of the hosts is one that this machine knows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(doctored.certificate))


def names(doctored: Doctored, host: str = "sound", **options: object) -> list[str]:
    return [finding.name for finding in doctored.findings(host, **options)]


def test_a_sound_site_has_nothing_wrong(doctored: Doctored) -> None:
    assert doctored.findings() == []


def test_what_the_doctor_puts_there_is_gone_again(doctored: Doctored) -> None:
    doctored.findings()
    assert not list(doctored.root.rglob("doctor-*"))


@pytest.mark.parametrize("name", EXPOSED)
def test_what_nobody_may_fetch(doctored: Doctored, name: str) -> None:
    assert names(doctored, name) == [name]


@pytest.mark.parametrize("copy", ["htdocs/style.css.bak", "htdocs/contact.html~"])
def test_a_copy_that_somebody_has_left(doctored: Doctored, copy: str) -> None:
    path = doctored.site.drop(copy, "What nobody was to read any more.\n")
    try:
        [finding] = doctored.findings()
        assert finding.name == "backup-served" and copy in finding.remedy
    finally:
        path.unlink()


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_is_taken_away(doctored: Doctored, header: str) -> None:
    [finding] = doctored.findings(header)
    assert finding.name == "headers-missing"
    assert f"{header} is missing or weak for the first page." in finding.sentence


@pytest.mark.parametrize("place", PLACES)
def test_a_header_that_is_taken_away_somewhere(doctored: Doctored, place: str) -> None:
    [finding] = doctored.findings(place)
    assert finding.name == "headers-missing"
    assert finding.sentence.endswith(f"{place}.")


def test_a_policy_that_allows_scripts_in_pages(doctored: Doctored) -> None:
    assert names(doctored, "inline") == ["headers-missing"]


@pytest.mark.parametrize("flag", FLAGS)
def test_a_cookie_without_its_protection(doctored: Doctored, flag: str) -> None:
    [finding] = doctored.findings(flag)
    assert finding.name == "cookie-flags" and flag in finding.sentence


@pytest.mark.parametrize(("host", "name"), [
    ("kept", "cache-allowed"), ("trace", "trace-enabled"),
    ("proxy", "proxy-unnamed"), ("no hsts", "hsts-missing"),
    ("failing", "site-fails"), ("foreign", "certificate"), ("moved", "other-site"),
    ("other", "other-site")])
def test_a_host_with_another_fault(doctored: Doctored, host: str, name: str) -> None:
    assert names(doctored, host) == [name]


def test_an_address_that_leads_on_is_told_where_to(doctored: Doctored) -> None:
    assert "https://elsewhere.example/" in doctored.findings("moved")[0].sentence


def test_nobody_is_there(doctored: Doctored) -> None:
    assert names(doctored, url="https://localhost:9") == ["site-unreachable"]


def test_a_site_that_stays_unencrypted(doctored: Doctored) -> None:
    plain = f"http://localhost:{doctored.ports['plain']}"
    assert names(doctored, plain=plain) == ["http-not-redirected"]


def test_nothing_at_the_unencrypted_address_is_as_well(doctored: Doctored) -> None:
    assert names(doctored, plain="http://localhost:9") == []
    assert names(doctored, plain=f"http://localhost:{doctored.ports['closed']}") == []


def test_a_clock_that_is_wrong(doctored: Doctored) -> None:
    assert names(doctored, now=time.time() - 3000) == ["server-clock"]


def test_a_site_by_htaccess_alone(doctored: Doctored) -> None:
    text = (doctored.root / "apache/htaccess").read_text("utf-8")
    file = doctored.site.drop(".htaccess", text)
    try:
        assert names(doctored, "htaccess") == []
    finally:
        file.unlink()


def test_a_host_that_gives_out_the_whole_folder(doctored: Doctored) -> None:
    """All that lies there is told, each under its own name."""
    assert set(names(doctored, "bare")) == {"rules-ignored", *EXPOSED}
