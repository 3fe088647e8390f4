"""The name of the site, its public address, its time zone: guessed, shown, and confirmed."""
from __future__ import annotations

from .. import config as configuration
from ..errors import ConfigError, Invalid
from ..mail.address import BadAddress, checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..config import Config
    from ..request import Request

STEP = "site"
OPTIONS = ("title", "tagline", "base_url", "owner", "timezone", "language")
MOST = 200                    # characters of a value


def guessed_address(request: Request) -> str:
    """The address by which this visitor has come, to be looked at and confirmed.

    It is what the browser has sent, which anybody can make up: nothing is built on it unseen.
    """
    environ = request.environ
    sent = str(environ.get("HTTP_X_FORWARDED_PROTO", "")).partition(",")[0].strip().lower()
    scheme = "https" if "https" in (environ.get("wsgi.url_scheme"), sent) else "http"
    host = str(environ.get("HTTP_HOST", "")).lower()
    address = f"{scheme}://{host}{request.root}"
    try:
        configuration.load(None, {"site": {"base_url": address}}, request.config.root)
    except ConfigError:
        return ""
    return address


def taken(config: Config, given: Mapping[str, str]) -> dict[str, str]:
    """The answers to keep; Invalid says which must be others."""
    faults: dict[str, str] = {}
    kept = {name: " ".join(given.get(name, "").split()) for name in OPTIONS}
    for name, text in kept.items():
        if len(text) > MOST or not text.isprintable():
            faults[name] = f"This must be one line of text, of {MOST} characters at the most."
    if not kept["title"]:
        faults["title"] = "A site needs a name."
    kept["base_url"] = kept["base_url"].rstrip("/")
    fault = _address_fault(config, kept["base_url"])
    if fault:
        faults["base_url"] = fault
    try:
        kept["owner"] = checked(kept["owner"])
    except BadAddress as error:
        faults["owner"] = str(error)
    if not _is_zone(kept["timezone"]):
        faults["timezone"] = "This time zone is not known on this machine."
    parts = kept["language"].split("-")
    if not (2 <= len(parts[0]) <= 8 and parts[0].isalpha() and all(
            part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)):
        faults["language"] = "Write a language tag, such as en, de or pt-BR."
    if faults:
        raise Invalid(**faults)
    return {name: text for name, text in kept.items() if text}


def _address_fault(config: Config, address: str) -> str:
    if not address:
        return "Write the address at which visitors arrive, such as https://example.org."
    try:
        configuration.load(None, {"site": {"base_url": address}}, config.root)
    except ConfigError:
        return "Write it like https://example.org or https://example.org/club."
    return ""


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
