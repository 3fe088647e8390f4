"""Every address of the site, from its own scripts and links, asked for and looked at."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from chapbook.forms.tokens import tags
from chapbook.script import application_of
from chapbook.testing import Answer, Client

from tests.support.world import ROOT, World

FOLDER = ROOT / "cgi-bin"
# The installer is no page of a site that is set up, and the doctor looks at the files of this tree,
# and mends them: tests/pages/test_install.py and test_doctor.py have their tests.
SCRIPTS = sorted(path.relative_to(FOLDER).with_suffix("").as_posix()
                 for path in FOLDER.rglob("*.py")
                 if path.name[0] != "_" and path.stem not in ("install", "doctor"))
STATIC = ("/style.css", "/favicon.svg", "/contact.html", "/booking.html")
# What stands for a value of an address: by script and name, else by name. The id of the world.
VALUES = {
    ("admin/user", "id"): "other", ("admin/errors", "id"): "request", ("", "id"): "submission",
    ("account/picture", "name"): "picture", ("account/sessions", "id"): "session",
    ("", "file"): "file", ("", "form"): "=contact", ("", "name"): "=contact",
}
# Where the links of mails lead to, by what their tokens are for.
PLACES = {"reset": "reset", "confirm": "confirm", "invite": "invitation", "change": "address/new",
          "allow": "address/old"}
# What every answer has; the policy may be another one, as strict.
HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = "Content-Security-Policy"
VARIANTS = 3                          # addresses that differ only in the values of their query
_VALUE = re.compile(r"\{(\w+)(?::(\w+))?\}")


def pages() -> list[tuple[str, str, Any]]:
    """Script, pattern and page of each address of the site."""
    found = []
    for script in SCRIPTS:
        application: Any = application_of(str(FOLDER / f"{script}.py"), str(FOLDER))
        found += [(script, pattern, page) for pattern, page in application.pages]
    return found


def address(world: World, script: str, pattern: str, **ids: Any) -> str:
    """The path of a page, with things that are there for its values; `ids` has other ones."""
    def value(found: re.Match[str]) -> str:
        key = VALUES.get((script, found[1])) or VALUES.get(("", found[1]))
        assert key, (f"write what stands for {found[0]} of /{script} into tests/support/crawl.py, "
                     "and a thing of that kind into tests/support/world.py")
        return quote(key[1:] if key.startswith("=") else str({**world.ids, **ids}[key]))

    rest = _VALUE.sub(value, pattern).rstrip("/")
    return ("/" if script == "index" else f"/{script}") + rest


def beginnings(world: World) -> list[str]:
    """The addresses from which links are followed."""
    found = [address(world, script, pattern) for script, pattern, _ in pages()]
    found += [f"/account/{PLACES[kind.partition(' ')[0]]}?token={token}"
              for kind, token in world.ids["tokens"].items()]
    return [*STATIC, *found]


class Crawl:
    """What somebody has found, as pairs of an address and the answer, and what that changed."""

    def __init__(self, world: World, client: Client) -> None:
        self.found = _crawled(world, client)
        self.changes, self.files = world.changes(), world.new_files()
        world.restore()


def crawl(world: World, role: str) -> Crawl:
    """The crawl of a role, done once."""
    known: dict[str, Crawl] = vars(world).setdefault("crawls", {})
    if role not in known:
        known[role] = Crawl(world, world.clients[role])
    return known[role]


def _crawled(world: World, client: Client) -> list[tuple[str, Answer]]:
    """What a client gets by GET at every address, and wherever the links of the pages lead.

    Each is asked for by HEAD as well, which must tell the same.
    """
    waiting, seen, found = beginnings(world), set(), []
    variants: dict[object, int] = {}
    while waiting:
        url = waiting.pop(0)
        kind = re.sub(r"\d+", "0", urlsplit(url).path), tuple(names(url))
        if url in seen or variants.get(kind, 0) >= VARIANTS:
            continue
        seen.add(url)
        variants[kind] = variants.get(kind, 0) + 1
        answer = client.get(url)
        head = client.head(url)
        assert (head.status, head.body) == (answer.status, b""), url
        found.append((url, answer))
        waiting += links(url, answer)
    return found


def names(url: str) -> list[str]:
    """The names in the query of an address, in order."""
    return sorted(part.partition("=")[0] for part in urlsplit(url).query.split("&") if part)


def links(url: str, answer: Answer) -> Iterator[str]:
    """Where a page leads to on this site, redirects as well, without fragments."""
    if "Location" in answer:
        yield from _here(url, answer["Location"])
    if is_markup(answer):
        for tag in tags(answer.text):
            if tag.name in ("a", "link", "img", "iframe"):
                yield from _here(url, tag.attributes.get("href", tag.attributes.get("src", "")))


def _here(base: str, target: str) -> Iterator[str]:
    whole = urlsplit(urljoin(f"http://localhost{base}", target.strip()))
    if whole.netloc == "localhost" and whole.scheme == "http" and target:
        yield (whole.path or "/") + (f"?{whole.query}" if whole.query else "")


def is_markup(answer: Answer) -> bool:
    """Whether browsers read an answer as a page or a picture with markup."""
    kind = answer["Content-Type"] if "Content-Type" in answer else ""
    return kind.partition(";")[0] in (
        "text/html", "image/svg+xml", "application/xml", "application/atom+xml")


def has_broken_out(answer: Answer) -> str:
    """What of MARKUP has become markup, or a header, in an answer; "" where all is escaped."""
    for name, value in answer.headers:
        if "\n" in value or "\r" in value or name.lower().startswith("x-injected"):
            return f"the header {name}"
    if b"62615533" in answer.body:
        return "an expression"
    if is_markup(answer):
        for tag in tags(answer.text):
            if tag.name == "x-mark" or "x-broken" in tag.attributes or "x-mark" in tag.attributes:
                return f"<{tag.name}> at {tag.start}"
    return ""


def ways_out(url: str, answer: Answer) -> list[str]:
    """Where an answer sends a visitor, or what they fill in, that is not of this site."""
    targets = [answer["Location"]] if "Location" in answer else []
    if is_markup(answer):
        targets += [tag.attributes[name] for tag in tags(answer.text) if tag.name != "svg"
                    for name in ("href", "src", "action", "formaction") if name in tag.attributes]
    wholes = [(target, urlsplit(urljoin(f"http://localhost{url}", re.sub(
        r"[\t\r\n]", "", target.strip()).replace("\\", "/")))) for target in targets]
    return [target for target, whole in wholes
            if (whole.scheme, whole.netloc) != ("http", "localhost") and whole.scheme != "mailto"]


def missing_headers(answer: Answer) -> list[str]:
    """The headers of security that an answer lacks, or has other than they should be."""
    weak = [name for name, value in HEADERS.items()
            if name not in answer or answer[name] != value]
    policy = answer[POLICY] if POLICY in answer else ""
    wanted = ["default-src 'none'", "frame-ancestors 'none'"]
    if answer.body and "Content-Type" in answer and answer["Content-Type"].startswith("text/html"):
        wanted += ["form-action 'self'", "base-uri 'none'"]
    if "unsafe" in policy or not all(one in policy for one in wanted):
        weak.append(f"{POLICY}: {policy}")
    return weak
