"""What site.ini says, and what a site that people come to must say there."""
from __future__ import annotations

from shlex import quote
from urllib.parse import urlsplit

from .. import forwarded
from ..errors import ConfigError
from .findings import Finding
from .place import is_open, stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

SELF_REGISTRATION = ("open", "approval")
LEAST_PREFIX = {4: 8, 6: 16}            # bits; a larger network than that is half the internet


def can_be_read(place: Place) -> Iterator[Finding]:
    """site.ini is one that Chapbook takes."""
    if place.problem is not None:
        yield Finding(
            "settings-broken",
            f"The settings cannot be read, so no page of the site works: {place.problem}",
            "Correct that line of site.ini. docs/configuration.md has every option.")


def is_private(place: Place) -> Iterator[Finding]:
    """site.ini is for nobody else to read, as it may hold passwords."""
    found = stat_of(place.settings_file)
    if found is not None and is_open(found):
        yield Finding(
            "settings-open",
            "Other users of this machine can read site.ini, which may hold passwords. The site "
            "does not run until that is mended.",
            f"chmod 600 {quote(place.settings_file)}", [place.settings_file])


def shows_no_tracebacks(place: Place) -> Iterator[Finding]:
    """debug is off."""
    if place.config.site.debug:
        yield Finding(
            "debug-on",
            "When a page fails, every visitor sees the program and its data: [site] debug is on.",
            "In site.ini, below [site], write: debug = no")


def has_an_address(place: Place) -> Iterator[Finding]:
    """base_url is there, is https, and is not one that other people's sites share."""
    address = str(place.config.site.base_url)
    if not address:
        yield Finding(
            "base-url-empty",
            "The site does not know its own address: links in its mails lead nowhere, and it "
            "cannot tell its own forms from those of other sites.",
            "In site.ini, below [site], write: base_url = https://www.example.org (your address)")
        return
    if address.startswith("http://"):
        yield Finding(
            "base-url-http",
            f"The address of the site is {address}, without encryption: passwords can be read on "
            "their way.",
            "Have your host switch on a certificate (most give one for nothing), then write the "
            "address with https:// as base_url below [site] in site.ini.")
    if "/~" in urlsplit(address).path:
        yield Finding(
            "shared-address",
            f"The site is at {address}. For browsers all sites of that host are one, so any other "
            "user's pages could act with the rights of whoever is signed in here.",
            "Have your host give the site a name of its own, such as https://club.example.org, and "
            "write that as base_url below [site] in site.ini.")


def mail_goes_out(place: Place) -> Iterator[Finding]:
    """There is an owner, and mail leaves the machine, from an address of the site."""
    config = place.config
    owner, sender = str(config.site.owner), str(config.mail.sender)
    if not owner:
        yield Finding(
            "owner-missing",
            "The site has nobody to write to: what forms receive, and what goes wrong, is mailed "
            "to no one.",
            "In site.ini, below [site], write: owner = you@example.org (your address)")
    if config.mail.via == "folder":
        accounts = getattr(config, "accounts", None)
        if accounts is not None and accounts.registration in SELF_REGISTRATION:
            yield Finding(
                "registration-without-mail",
                "Everybody may register, but the mail that confirms an address is only written to "
                "a folder of this machine: nobody can ever finish.",
                "In site.ini, below [mail], write: via = sendmail (or smtp; docs/mail.md says "
                "which), or below [accounts]: registration = closed")
        else:
            yield Finding(
                "mail-folder",
                "No mail leaves this machine: it is only written to a folder, for trying things "
                "out.",
                "In site.ini, below [mail], write: via = sendmail (or smtp; docs/mail.md says "
                "which)")
        return
    host = urlsplit(str(config.site.base_url)).hostname or ""
    domain = (sender or owner).rpartition("@")[2].lower()
    if host and domain and not _are_kin(host, domain):
        yield Finding(
            "sender-elsewhere",
            f"Mail of the site comes from {sender or owner}, but the site is at {host}. Many mail "
            "servers will take it for forged and refuse it.",
            f"In site.ini, below [mail], write: sender = site@{host.removeprefix('www.')} (an "
            "address that your host has set up)")


def trusts_few_proxies(place: Place) -> Iterator[Finding]:
    """The proxies whose word counts are not half the world."""
    try:
        networks = forwarded.networks(str(place.config.site.proxies))
    except ConfigError:
        return                                    # the file is broken, and that has been said
    wide = [str(each) for each in networks if each.prefixlen < LEAST_PREFIX[each.version]]
    if wide:
        yield Finding(
            "proxies-everybody",
            f"The site believes whatever visitors say about where they come from: [site] proxies "
            f"names {', '.join(wide)}, which is nearly everybody. Limits on guessing passwords do "
            "not hold then.",
            "In site.ini, below [site], let proxies name only the proxy's own address; leave it "
            "empty if there is none.")


def has_names_of_its_own(place: Place) -> Iterator[Finding]:
    """The site does not answer to every name."""
    if "*" in [each.strip() for each in str(place.config.site.hosts).split(",")]:
        yield Finding(
            "hosts-everybody",
            "The site answers to every name that somebody points at this machine, so a stranger's "
            "name can be made to look like the site: [site] hosts has a *.",
            "In site.ini, below [site], let hosts name only the site's other names; leave it empty "
            "if there are none.")


def _are_kin(host: str, domain: str) -> bool:
    """Whether two names are of one domain: www.example.org, example.org, mail.example.org."""
    host = host.lower().removeprefix("www.")
    return host == domain or host.endswith("." + domain) or domain.endswith("." + host)


ALWAYS = (can_be_read, is_private, trusts_few_proxies)
DEPLOYED = (shows_no_tracebacks, has_an_address, has_names_of_its_own, mail_goes_out)
