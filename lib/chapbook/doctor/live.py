"""What the running site answers: is it ours, is it encrypted, are its headers and cookies right?"""
from __future__ import annotations

import os
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from . import rules
from .canary import released
from .findings import Finding, named
from .probe import Probe, Unreachable, plain_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place
    from .probe import Reply

CLOCKS_DIFFER = 120           # seconds
# Notes for the next page, which nobody has signed: a page that shows notes takes them back, and so
# the cookies of this site can be seen without anything being stored.
NOTES = "__Host-flash=doctor; flash=doctor"
LOCAL = "apache/local.conf (or .htaccess)"

# Each header with words of which one must be in it.
HEADERS = {
    "Content-Security-Policy": ("default-src",), "X-Content-Type-Options": ("nosniff",),
    "Referrer-Policy": ("same-origin", "no-referrer", "strict-origin"),
    "Cross-Origin-Opener-Policy": ("same-origin",), "X-Frame-Options": ("DENY", "SAMEORIGIN"),
}
UNSAFE = ("'unsafe-inline'", "'unsafe-eval'")
BETWEEN = ("Via", "X-Cache", "X-Varnish", "CF-Ray", "X-Proxy-Cache", "X-Served-By")
LOCAL_CONF = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY",
}


def examined(place: Place, probe: Probe, plain: str) -> Iterator[Finding]:
    """All that the answers tell. `plain` is where it answers without encryption, or empty.

    Where nobody answers, or somebody else does, that is the one finding, and `probe.is_ours` says
    whether it was otherwise.
    """
    with released(place, place.config.htdocs, 0o644) as canary:
        try:
            front = probe.get("/", Cookie=NOTES)
            entrance = probe.get("/" + str(place.config.accounts.sign_in), Cookie=NOTES)
            static = probe.get("/" + canary.name) if canary else None
            lost = probe.get("/doctor-asks-for-what-is-not-there")
            traced = probe.ask("TRACE", "/", {"X-Doctor": "echo"})
        except Unreachable as error:
            yield _away(probe, error)
            return
        if static is not None and canary is not None and static.body != canary.text:
            if canary.text in probe.get("/htdocs/" + canary.name).body:
                probe.is_ours = True
                yield _ignored(probe)
            elif static.status in (403, *range(500, 600)):
                yield from _refused(place, probe, static)
            else:
                yield _other(probe, static)
            return
    probe.is_ours = True
    if front.status >= 500:
        yield Finding(
            "site-fails",
            f"The first page of the site ({probe.base}/) fails: it answers {front.status}.",
            f"Look at the last lines of {place.short(_log(place))}, and of the web server's error "
            "log.")
    answers = {"the first page": front, "the page for errors": lost, "files": static}
    if front.status in (403, 404) and "utf-8" not in front["Content-Type"].lower():
        answers = {"files": static}               # this was the web server: all pages say utf-8
        yield Finding(
            "cgi-off",
            f"The web server runs no pages: at {probe.base}/ it says itself that this is forbidden "
            f"or not there ({front.status}), though it gives out plain files.",
            "Ask your host to switch on CGI for the folder cgi-bin (Options ExecCGI), and whether "
            "that folder has to lie somewhere else, or to have another name.")
    yield from _headers(answers)
    yield from _cookies(probe, [front, entrance])
    yield from _kept(entrance)
    yield from _server(place, front, traced)
    yield from _encryption(probe, front, plain)


def _away(probe: Probe, error: Unreachable) -> Finding:
    if error.is_certificate:
        return Finding(
            "certificate",
            f"Browsers warn every visitor of {probe.base}: its certificate is not accepted "
            f"({error}).",
            "Have your host renew it, or give one for exactly this name; on a server of your own: "
            "certbot renew")
    return Finding(
        "site-unreachable", f"Nobody answers at {probe.base}. {error}",
        "Start the web server, or correct base_url below [site] in site.ini. Where only others can "
        "reach that address, name another one: ./chapbook doctor --deploy --url http://...")


def _ignored(probe: Probe) -> Finding:
    return Finding(
        "rules-ignored",
        f"At {probe.base} the web server gives out the site's folder as it is, and does not follow "
        "its rules: there are no pages, and nothing is protected.",
        "Copy apache/htaccess to .htaccess beside cgi-bin/ (some FTP programs hide that name). If "
        "it is there, ask your host to let it count: AllowOverride FileInfo AuthConfig Options")


def _refused(place: Place, probe: Probe, static: Reply) -> Iterator[Finding]:
    """Not even a file is given out: by the rules of the site's own folder, or by others."""
    try:
        found = list(rules.refused(place, probe)) or list(rules.loops(place, probe))
    except OSError:
        found = []                                # the doctor may not write there
    yield from found or [_other(probe, static)]


def _other(probe: Probe, static: Reply) -> Finding:
    target = static["Location"]
    if target and urljoin(probe.base + "/", target).startswith(f"{probe.base}/doctor-"):
        return Finding(
            "redirect-loop",
            f"{probe.base} sends every visitor on to the address that was asked for, again and "
            "again, until the browser gives up.",
            "Mostly a rule that is to make addresses https does not notice that they are: behind a "
            "proxy that ends the encryption, let it look at X-Forwarded-Proto instead of HTTPS, or "
            "take it out and let the control panel do that.")
    if target:
        return Finding(
            "other-site", f"{probe.base} leads on to another address: {target}",
            "Write the address at which visitors arrive as base_url below [site] in site.ini.")
    return Finding(
        "other-site",
        f"At {probe.base} there is something else than this site: a file put into htdocs/ is not "
        f"found there (the answer is {static.status}).",
        "Correct base_url below [site] in site.ini, or have the name point to this folder "
        "(docs/servers.md).")


def _headers(replies: dict[str, Reply | None]) -> Iterator[Finding]:
    missing: dict[str, list[str]] = {}
    for where, reply in replies.items():
        if reply is None or reply.status >= 500:  # what fails is not the site's own answer
            continue
        for name, words in HEADERS.items():
            value = reply[name]
            weak = name == "Content-Security-Policy" and any(word in value for word in UNSAFE)
            if weak or not any(word.lower() in value.lower() for word in words):
                missing.setdefault(name, []).append(where)
    if missing:
        lines = [f'Header always set {name} "{LOCAL_CONF[name]}"' for name in missing]
        yield Finding(
            "headers-missing",
            "Something between the site and its visitors takes protection away: "
            + "; ".join(f"{name} is missing or weak for {', '.join(where)}"
                        for name, where in missing.items()) + ".",
            f"Find out what changes them (a proxy, the host's own configuration). Where only "
            f"files are concerned, write into {LOCAL}: " + "; ".join(lines))


def _cookies(probe: Probe, replies: list[Reply]) -> Iterator[Finding]:
    faults: list[str] = []
    for cookie in [each for reply in replies for each in reply.all("Set-Cookie")]:
        name, *attributes = [part.strip() for part in cookie.split(";")]
        name = name.partition("=")[0]
        if not name.endswith("flash"):
            continue
        known = {each.lower() for each in attributes}
        wanted = {"HttpOnly": {"httponly"}, "SameSite=Lax": {"samesite=lax", "samesite=strict"}}
        if probe.scheme == "https":
            wanted["Secure"] = {"secure"}
            if not name.startswith("__Host-"):
                faults.append("the beginning __Host- of its name")
        faults += [shown for shown, flags in wanted.items() if known.isdisjoint(flags)]
    if faults:
        yield Finding(
            "cookie-flags",
            "The cookies by which the site knows who is signed in arrive without their "
            f"protection: {', '.join(dict.fromkeys(faults))}.",
            "If a proxy ends the encryption, write base_url with https:// into site.ini; else find "
            "the line that edits Set-Cookie in the web server's configuration, and remove it.")


def _kept(entrance: Reply) -> Iterator[Finding]:
    if entrance.status == 200 and "no-store" not in entrance["Cache-Control"].lower():
        yield Finding(
            "cache-allowed",
            "Something between the site and its visitors may keep pages that are meant for one "
            "person, and give them to another: the page for signing in arrives without the header "
            "Cache-Control: no-store.",
            "Find the line that changes Cache-Control (a proxy, mod_expires, mod_headers), and "
            "leave the site's pages out of it.")


def _server(place: Place, front: Reply, traced: Reply) -> Iterator[Finding]:
    if traced.status == 200 and b"X-Doctor" in traced.body:
        yield Finding(
            "trace-enabled",
            "The web server repeats whatever it is sent (the method TRACE), cookies included.",
            "On a server of your own: TraceEnable off, in Apache's configuration. Else tell your "
            "host.")
    proxies = [name for name in BETWEEN if front[name]]
    if proxies and not place.config.site.proxies:
        yield Finding(
            "proxy-unnamed",
            f"Visitors come through a proxy (its answers have {named(proxies)}), of which the site "
            "does not know: all of them seem to be one, and one who guesses passwords locks out "
            "all.",
            "In site.ini, below [site], write: proxies = 192.0.2.7 (the proxy's address)")
    try:
        sent = parsedate_to_datetime(front["Date"]).timestamp()
    except (TypeError, ValueError):
        return
    if abs(sent - place.now) > CLOCKS_DIFFER:
        yield Finding(
            "server-clock",
            f"The clock of the web server and that of this machine differ by "
            f"{abs(int(sent - place.now))} seconds. One of them is wrong.",
            "Set the clock (timedatectl set-ntp true), or tell your host.")


def _encryption(probe: Probe, front: Reply, plain: str) -> Iterator[Finding]:
    if probe.scheme != "https":
        return
    if not front["Strict-Transport-Security"]:
        yield Finding(
            "hsts-missing",
            "Browsers are not told to come encrypted always, so somebody in between could keep "
            "a visitor on the unencrypted address.",
            f'Into {LOCAL}, write: Header always set Strict-Transport-Security "max-age=31536000"')
    address = plain or plain_address(probe)
    if not address:
        return
    other = Probe(address)
    try:
        reply = other.get("/")
    except Unreachable:
        return                                    # nobody answers there, which is safe
    finally:
        other.close()
    leads_to = urlsplit(urljoin(address + "/", reply["Location"])).scheme
    is_moved = reply.status in (301, 302, 303, 307, 308) and leads_to == "https"
    if reply.status < 400 and not is_moved:
        yield Finding(
            "http-not-redirected",
            f"The site also answers without encryption, at {address}: who types the name alone "
            "stays there, and everybody on the way can read along.",
            f'In the virtual host of port 80: Redirect permanent "/" "{probe.base}/"    (in '
            "control panels: \"force HTTPS\")")


def _log(place: Place) -> str:
    return os.path.join(place.config.path(place.config.paths.log), "chapbook.log")
