"""Cells of the contract that cannot hold: what a server itself does, out of our reach.

Each is tried all the same, and fails the tests on the day that it holds. A case is the name of a
test, or a name with its parameters; docs/hosting/matrix.md shows the reasons.
"""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

from click import ClickException

from chapbook.cli import apache, modwsgi, packages

_HOSTS = ("htaccess", "htaccess-plain")
_BEFORE = "Apache itself answers this, before it reads any .htaccess: the page is the host's"
_BEFORE_HTACCESS = (
    *(f"test_an_address_that_means_nothing_is_a_bad_request[{target}]" for target in (
        "/echo/%zz", "/%", "/echo/a%2", "/../echo", "/echo/../../etc/passwd", "/%2e%2e/site.ini")),
    *(f"test_an_address_without_a_page_is_not_found[{target}]" for target in (
        "/echo%2fa", "/echo/a%2Fb", "/echo/a%00b")),
    *(f"test_every_answer_has_the_security_headers[{request}]" for request in (
        "GET-/%zz", "GET-/a%2fb", "TRACE-/keeper")),
    *(f"test_an_answer_of_the_server_itself_has_the_security_headers[{sent}]" for sent in (
        "no request", "bad header", "long address", "long header", "expects tea",
        "gzip as coding", "negative length")),
    *(f"test_status_headers_and_body_are_the_same_everywhere[{method} {target}]"
      for method in ("GET", "HEAD") for target in ("/%zz", "/../x", "/a%2fb", "/a%00b")),
)

_NGINX = ("nginx-fastcgi", "nginx-uwsgi", "uwsgi-cgi", "fcgiwrap")
_BY_NGINX = "nginx itself answers this with 400, before it looks at any configuration of a site"
_BEFORE_NGINX = (
    *(f"test_an_address_that_means_nothing_is_a_bad_request[{target}]" for target in (
        "/echo/%zz", "/%", "/echo/a%2", "/../echo", "/echo/../../etc/passwd", "/%2e%2e/site.ini")),
    "test_an_address_without_a_page_is_not_found[/echo/a%00b]",
    *(f"test_status_headers_and_body_are_the_same_everywhere[{method} {target}]"
      for method in ("GET", "HEAD") for target in ("/%zz", "/../x", "/a%00b")),
)


def _old_nginx() -> bool:
    """Is there an nginx before 1.23 (Debian 12)? It hands on a header twice that was sent twice."""
    program = packages.program("nginx")
    said = subprocess.run([program, "-v"], capture_output=True, text=True).stderr if program else ""
    version = re.search(r"nginx/(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) < (1, 23)


def _old_mod_wsgi() -> bool:
    """Is there a mod_wsgi before 5 (Debian 12's)? It leaves Python in Apache's locale, mostly C."""
    try:
        path = modwsgi.find("", apache.find()[1])
    except ClickException:
        return False
    return re.search(rb"\x004\.\d+\.\d+\0", Path(path).read_bytes()) is not None


_OWN_PAGE = "Passenger itself answers what is no HTTP, with a line that has no headers of ours"
_PASSENGER = {
    **{f"test_an_answer_of_the_server_itself_has_the_security_headers[{sent}]": _OWN_PAGE
       for sent in ("no request", "bad header", "negative length")},
    **{case: "Passenger answers 400 to methods that it does not know" for case in (
        "test_options_and_unknown_methods_are_told_what_is_allowed",
        *(f"test_status_headers_and_body_are_the_same_everywhere[BREW {target}]"
          for target in ("/keeper", "/guestbook", "/nothing", "/style.css")))},
    "test_a_length_that_cannot_be_meant_keeps_nothing[none]":
        "Passenger takes an empty Content-Length for none, and so hands on a form without fields",
    "test_a_visitor_who_waits_to_be_told_to_go_on_is_told":
        "Passenger forgets the empty line after 100 Continue; behind a web server nobody sees it",
}

NGINX_TWICE = (
    "nginx before 1.23 hands on a header twice, and uWSGI and fcgiwrap pass on one of the two")
WSGI_LOCALE = "mod_wsgi before 5 inside Apache's processes has Apache's locale, C mostly"
SOMETIMES = {NGINX_TWICE, WSGI_LOCALE}        # with older versions alone

EXCEPTIONS: dict[tuple[str, str], str] = {
    **{(case, name): _BEFORE for case in _BEFORE_HTACCESS for name in _HOSTS},
    **{(case, name): _BY_NGINX for case in _BEFORE_NGINX for name in _NGINX},
    **{(case, "wsgi-embedded"):
       WSGI_LOCALE
       for case in (
           "test_a_page_writes_texts_and_names_of_files_in_utf_8_in_every_locale",
           "test_a_page_finds_its_files_wherever_it_was_started",
           "test_what_a_page_writes_is_for_its_user_alone_whatever_the_umask_was",
       ) if _old_mod_wsgi()},
    **{(case, "passenger"): reason for case, reason in _PASSENGER.items()},
    **{("test_a_header_sent_twice_arrives_joined", name):
       NGINX_TWICE
       for name in ("nginx-uwsgi", "uwsgi-cgi", "fcgiwrap") if _old_nginx()},
}
