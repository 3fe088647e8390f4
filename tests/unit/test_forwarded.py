"""The visitor's address behind a proxy: the word of the site's own proxies, and nobody else's."""
from __future__ import annotations

import pytest

from chapbook import Response, config
from chapbook.errors import ConfigError
from chapbook.forwarded import block, client

OURS = "10.0.0.7, 192.168.1.0/24, 2001:db8::/64"


@pytest.mark.parametrize(("peer", "forwarded", "who"), [
    ("203.0.113.9", "", "203.0.113.9"),
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"),                    # no proxy of ours
    ("10.0.0.7", "", "10.0.0.7"),
    ("10.0.0.7", "198.51.100.1", "198.51.100.1"),
    ("10.0.0.7", "127.0.0.1, 198.51.100.1", "198.51.100.1"),           # the visitor's own word
    ("10.0.0.7", "198.51.100.1, 192.168.1.200", "198.51.100.1"),
    ("10.0.0.7", "192.168.1.3,192.168.1.4", "192.168.1.3"),
    ("10.0.0.7", "198.51.100.1, unknown", "10.0.0.7"),
    ("10.0.0.7", "2001:db8::5, 198.51.100.1", "198.51.100.1"),
    ("2001:db8::1", "2001:DB8:1::0005", "2001:db8:1::5"),
    ("::ffff:10.0.0.7", "198.51.100.1", "198.51.100.1"),
    ("10.0.0.7", "10.0.0.7," * 30, "10.0.0.7"),
    ("", "198.51.100.1", ""), ("unix:", "198.51.100.1", "unix:"),
    ("10.0.0.7", "198.51.100.1:4711", "10.0.0.7"), ("10.0.0.7", "x" * 100_000, "10.0.0.7"),
])
def test_it_is_the_last_who_is_no_proxy_of_ours(peer: str, forwarded: str, who: str) -> None:
    assert client(peer, forwarded, OURS) == who


def test_a_page_gets_it_only_where_proxies_are_named(ask, settings) -> None:
    page = ask(get=lambda request: Response.text(request.remote_address))
    ask_it = {"headers": {"X-Forwarded-For": "198.51.100.1"}}
    assert page.request("GET", "/", **ask_it).text == "127.0.0.1"
    vars(settings.site).update(proxies="127.0.0.1")
    assert page.request("GET", "/", **ask_it).text == "198.51.100.1"


@pytest.mark.parametrize("text", ["x", "10.0.0.7/33", "10.0.0.7/8", "10.0.0.7; 10.0.0.8", "*"])
def test_a_setting_that_is_no_address_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ConfigError, match="such as 10.0.0.7, 192.168.1.0/24"):
        config.load(None, {"site": {"proxies": text}})


def test_a_site_without_proxies_does_not_import_what_reads_them(tree) -> None:
    tree.script("who", "import sys\napplication = Page(get=lambda request: Response.text("
                       "request.remote_address + str('chapbook.forwarded' in sys.modules)))\n")
    ran = tree.run("who", GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET", REMOTE_ADDR="a")
    assert ran.stdout.endswith(b"aFalse")


@pytest.mark.parametrize(("address", "held"), [
    ("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2::", "2001:db8:1:2::/64"), ("2001:DB8:0001:2::9", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
    ("::1", "::/64"), ("fe80::1%eth0", "fe80::/64"),
    ("::ffff:203.0.113.7", "203.0.113.7"), ("::FFFF:cb00:7107", "203.0.113.7"),
    ("0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"), ("64:ff9b::1.2.3.4", "64:ff9b::/64"),
    ("", ""), ("unix:", "unix:"), ("a socket", "a socket"), ("x" * 500, "x" * 100),
    ("1:2:3", "1:2:3"), ("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"), ("192.0.2.07", "192.0.2.07"),
    ("::1.2.3", "::1.2.3"), ("::1.2.3.256", "::1.2.3.256"), ("::1.2.3.0004", "::1.2.3.0004"),
    ("x::y", "x::y"), ("2001:0:0:5::", "2001:0:0:5::/64"), ("0:0:1::", "0:0:1::/64"),
    ("12345::", "12345::"), ("1_0::", "1_0::"), ("::+1", "::+1"),
    ("::١", "::١"), (":" * 99, ":" * 99), ("0:::1", "0:::1"),
])
def test_what_one_visitor_holds_of_addresses_is_one_block(address: str, held: str) -> None:
    assert block(address) == held
