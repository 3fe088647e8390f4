"""The site, asked at its own address as a stranger would: what is given out that must not be?"""
from __future__ import annotations

from ..doctor import AMBER, RED, Finding, exposed, live
from ..doctor.place import Place
from ..doctor.probe import Probe, Unreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config

STEP = "outside"
WITHIN = 18.0                 # seconds for all of it: many hosts end what takes 30
# What can only be right when the site is set up.
NOT_YET = frozenset({"site-fails", "cookie-flags", "cache-allowed", "proxy-unnamed"})
# With these, all that the site keeps can be fetched by everybody: nothing secret may be stored yet.
BARRING = frozenset({"rules-ignored", "settings-served", "data-served"})
SEPARATOR = "\n\n"


class Seen:
    """What was found at an address: `address`, and `findings` as name, colour, sentence, remedy."""

    def __init__(self, address: str, findings: list[tuple[str, str, str, str]]) -> None:
        self.address, self.findings = address, findings

    @property
    def bars(self) -> bool:
        """Whether what was found must be mended before anything else is done."""
        return any(finding[0] in BARRING for finding in self.findings)

    def kept(self) -> dict[str, str]:
        """The answers of the step, from which `seen` makes it again."""
        import json

        return {"address": self.address, "findings": json.dumps(self.findings)}


def seen(answers: dict[str, str]) -> Seen | None:
    """What was found when it was last looked; None where nobody has."""
    import json

    if "address" not in answers:
        return None
    return Seen(answers["address"], [tuple(each) for each in json.loads(answers["findings"])])


def look(config: Config, address: str) -> Seen:
    """Ask the site at this address, which its owner has confirmed, for what nobody may have."""
    found = [finding for finding in _looked(Place(config.root, config), address)
             if finding.name not in NOT_YET]
    found.sort(key=lambda finding: finding.severity != RED)
    # That the site is not reached from here says little: many hosts cannot ask themselves.
    return Seen(address, [
        (finding.name, AMBER if finding.name == "site-unreachable" else finding.severity,
         finding.sentence, finding.remedy) for finding in found])


def answers_now(address: str) -> str:
    """What the first page of the site says now that it is set up; "" where it is well."""
    probe = Probe(address, 6.0)
    try:
        status = probe.get("/").status
    except Unreachable as error:
        return (f"From here the site was not reached at {address} ({error}) That need not mean "
                "much: open it in your browser and look.")
    finally:
        probe.close()
    if status >= 400:
        return (f"The first page of the site answers {status}. The log (var/log/chapbook.log) says "
                "why; the doctor may know more.")
    return ""


def _looked(place: Place, address: str) -> Iterator[Finding]:
    probe = Probe(address, WITHIN)
    try:
        yield from live.examined(place, probe, "")
        if probe.is_ours:
            yield from exposed.examined(place, probe)
    except Unreachable as error:
        yield Finding(
            "site-unreachable",
            f"Not all could be looked at: the site stopped answering at {probe.base}. {error}",
            "Look again in a minute. If it stays so, let ./chapbook doctor --deploy look from "
            "another machine, when the site is set up.")
    finally:
        probe.close()
