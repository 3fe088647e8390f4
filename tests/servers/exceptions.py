"""Cells of the contract that cannot hold: what a server itself does, out of our reach.

Each is tried all the same, and fails the tests on the day that it holds. A case is the name of a
test, or a name with its parameters; docs/hosting/matrix.md shows the reasons.
"""
from __future__ import annotations

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

EXCEPTIONS: dict[tuple[str, str], str] = {
    **{(case, name): _BEFORE for case in _BEFORE_HTACCESS for name in _HOSTS},
}
