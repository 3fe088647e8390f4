"""The contract: forty odd addresses have one status in every gateway, and one meaning."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.support.gateways import Gateway

# What follows the script, as it is sent: the status, and for 200 what the page is given.
PATHS: dict[str, tuple[int, str]] = {
    "/a.b": (200, "/a.b"), "/...": (200, "/..."), "/.hidden": (200, "/.hidden"),
    "/a~b": (200, "/a~b"), "/a:b": (200, "/a:b"), "/a@b": (200, "/a@b"), "/a=b&c": (200, "/a=b&c"),
    "/a,b;c": (200, "/a,b;c"), "/(a)'!*": (200, "/(a)'!*"), "/a%7Eb": (200, "/a~b"),
    "/%61%62": (200, "/ab"), "/%252e%252e": (200, "/%2e%2e"), "/%25": (200, "/%"),
    "/%2525": (200, "/%25"), "/a%5C..%5Cb": (200, "/a\\..\\b"), "/%25%32%65": (200, "/%2e"),
    "/%3Cb%3E": (200, "/<b>"), "/%22": (200, '/"'), "/%27": (200, "/'"), "/%60": (200, "/`"),
    "/%7Ba%7D": (200, "/{a}"), "/%5B%5D": (200, "/[]"), "/%7C": (200, "/|"), "/%5E": (200, "/^"),
    "/%E4%B8%96": (200, "/世"), "/%F0%9F%96%8B": (200, "/🖋"), "/%e2%80%ae": (200, "/\u202e"),
    "/%EF%BF%BD": (200, "/\ufffd"), "/%20": (200, "/ "), "/a%20": (200, "/a "),
    "/%2e/a": (200, "/a"), "/a/%2e%2e/b": (200, "/b"), "/a/.%2e/b": (200, "/b"),
    "/%fe": (400, ""), "/%f4%90%80%80": (400, ""), "/%e4%b8": (400, ""), "/%c1%bf": (400, ""),
    "/%7f": (400, ""), "/%1f": (400, ""), "/%0b": (400, ""), "/%09": (404, ""), "/%0a": (404, ""),
    "/a%2fb": (404, ""), "/%": (400, ""), "/%u0041": (400, ""), "/%g0": (400, ""),
}
# Some servers refuse these before a page could, and each says so in its own way.
REFUSED = ("/%00", "/a%00b", "/%2f..%2f..", "/a%2f%2e%2e%2fb")


def test_odd_addresses_have_the_same_status_and_meaning_everywhere(gateway: Gateway) -> None:
    def found(path: str) -> tuple[int, str]:
        answer = gateway.get("/echo" + path)
        return answer.status, answer.json["path_info"] if answer.status == 200 else ""

    with ThreadPoolExecutor(4) as visitors:
        assert dict(zip(PATHS, visitors.map(found, PATHS))) == PATHS
        assert {status for status, _ in visitors.map(found, REFUSED)} <= {400, 404}
