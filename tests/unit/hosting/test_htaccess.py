"""The text of .htaccess: what a host does not allow is not in it, and what it needs is."""
from __future__ import annotations

import re

import pytest

from chapbook.hosting import htaccess
from chapbook.response import SECURITY_HEADERS, TYPES
from chapbook.server import program

TEXTS = [htaccess.text(layout, options=options, handler=options, authorization=way, below=below)
         for layout in ("split", "inside") for options in (True, False)
         for way in ("rewrite", "CGIPassAuth", "") for below in ("", "/club", "/~ann")]


def lines(text: str) -> list[str]:
    """What Apache reads of it."""
    return [line.strip() for line in text.splitlines() if line and not line.startswith("#")]


def test_a_host_that_allows_all_gets_all() -> None:
    said = lines(htaccess.text("split", authorization="CGIPassAuth"))
    assert "Options +ExecCGI -Indexes" in said and "CGIPassAuth On" in said
    assert '<Files "chapbook.py">' in said and "SetHandler cgi-script" in said


def test_what_a_host_does_not_allow_is_left_out() -> None:
    said = "\n".join(lines(htaccess.text(
        "split", options=False, handler=False, authorization="")))
    for word in ("Options +", "SetHandler cgi-script", "CGIPassAuth", "HTTP_AUTHOR", "Require"):
        assert word not in said


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_section_is_closed_and_every_line_is_short_enough_for_an_editor(text: str) -> None:
    opened = re.findall(r"(?m)^\s*<(\w+)", text)
    assert opened and sorted(opened) == sorted(re.findall(r"(?m)^\s*</(\w+)>", text))
    assert "{" not in re.sub(r"%\{[^}]*\}", "", text).replace("{0,", "")
    assert all(len(line) <= 100 for line in text.splitlines() if line.startswith("#"))
    assert "\r" not in text and text.endswith("\n") and text.isascii()


@pytest.mark.parametrize("below, files, address", [
    ("", "", ""), ("/club", "/club", "/club"), ("/a/b", "/a/b", "/a/b"), ("/~ann", "", "/~ann"),
    ("/~ann/club", "/club", "/~ann/club")])
def test_a_folder_has_a_place_among_files_and_an_address(
    below: str, files: str, address: str
) -> None:
    said = lines(htaccess.text("split", below=below))
    assert f'RewriteRule "^" "-" [E=CHAPBOOK:{files}]' in said
    assert f'ErrorDocument 404 "{address}/cgi-bin/chapbook.py/_refused/sound"' in said


def test_headers_and_types_are_those_of_pages() -> None:
    text = htaccess.text("inside")
    headers = re.findall(r'Header always set (\S+) "(.*)" "expr=-z %{resp:\1}"', text)
    assert headers == list(SECURITY_HEADERS)
    told = {ending: kind for endings, kind in re.findall(
        r'<FilesMatch "\\\.\(\?i:(\S+)\)\$">\n    ForceType "?(.+?)"?\n', text)
        for ending in endings.split("|")}
    assert told == {ending: kind + "; charset=utf-8" * kind.startswith("text/")
                    for ending, kind in TYPES.items()}


def test_programs_in_cgi_bin_are_those_that_run_in_other_gateways() -> None:
    assert htaccess.SCRIPTS == program.ENDINGS


def test_a_file_that_a_host_may_run_is_known_by_its_last_ending() -> None:
    runs = re.compile(htaccess.PROGRAMS)
    for name in ("a.php", "a.PHP", "a.php8", "a.txt.phtml", "a.cgi", "a.py", "a.jsp"):
        assert runs.search(name), name
    for name in ("a.php.txt", "php", "a.pyc", "a.html", "a.svg", "apl", "a.cgi_"):
        assert not runs.search(name), name


def test_each_folder_below_the_public_one_has_a_lock() -> None:
    found = htaccess.locks()
    assert {name.partition("/")[0] for name in found} == {
        "lib", "nginx", "templates", "vendor", "var", "apache", "cgi-bin"}
    assert all(name.endswith("/.htaccess") for name in found)
    assert "dispatch[.]wsgi" in found["apache/.htaccess"]
    assert htaccess.locks("/cgi-bin/chapbook.py")["apache/.htaccess"] == htaccess.DENY
    assert "SetHandler" not in htaccess.locks(handler=False)["cgi-bin/.htaccess"]


@pytest.mark.parametrize("given", [{"layout": "outside"}, {"authorization": "Basic"}])
def test_what_nobody_knows_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(given.values()))):
        htaccess.text(**given)                     # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["split", "inside"])
def test_a_process_that_stays_gets_all_but_long_bodies(layout: str) -> None:
    """Those are for CGI, by the same script: mod_fcgid would answer them with an error."""
    text = htaccess.text(layout, fastcgi=True)
    script = {"split": "cgi-bin/chapbook.py", "inside": "apache/dispatch.fcgi"}[layout]
    files = text.partition(f'<Files "{script.rpartition("/")[2]}">\n')[2].partition("</Files>")[0]
    assert re.findall(r"SetHandler (\S+)", files) == ["fcgid-script", "cgi-script"]
    assert '"%{HTTP:Content-Length} -gt 131072 || -n %{HTTP:Transfer-Encoding}"' in files
    assert f'"(?s)^(.*)$" "{script}/$1"' in text
    assert "cgi-bin/$1.py" not in text and "cgi-bin/index.py" not in text
    assert "fcgid" not in htaccess.text(layout)
