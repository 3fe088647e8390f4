"""Each step's two halves: the facts that its page shows, and what is made of what was sent.

A fact function takes the request and the state, and gives names for the template. The other half
takes what was sent as well, and gives the answers to keep, or a Response where there are none yet.
"""
from __future__ import annotations

from ..accounts.events import Who
from ..errors import HTTPError, Invalid
from ..response import Response, redirect
from . import (
    administrator, database, finishing, mail, probing, progress, requirements, site, state, writing,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..request import Request
    from .finishing import Work
    from .state import State

    Facts = dict[str, Any]
    Given = dict[str, str]


def no_facts(request: Request, kept: State) -> Facts:
    """The form has all that there is."""
    return {}


def requirements_facts(request: Request, kept: State) -> Facts:
    """The lines, and what may be done."""
    lines = requirements.met(request.config)
    return {"lines": lines, "can_go_on": requirements.can_go_on(lines),
            "can_mend": requirements.can_mend(request.config)}


def requirements_taken(request: Request, given: Given, kept: State) -> Given | Response:
    """What pages can mend, mended; or that somebody has seen the lines, and none was red."""
    if given.get("do") == "mend":
        left = requirements.mend(request.config)
        if left:
            raise Invalid(left)
        return redirect(request.url)
    state.prepare_var(request.config)
    return {"seen": "yes"}


def database_taken(request: Request, given: Given, kept: State) -> Given | Response:
    """A database that was tried; a password that was kept need not be typed again."""
    return database.taken(request.config, _with_password(given, kept.of(database.STEP)))


def administrator_facts(request: Request, kept: State) -> Facts:
    """Whether the database has an administrator already; the owner's address, to begin with."""
    try:
        known = _has_administrator(request, kept)
    except HTTPError:
        known = False                             # to send the form tells what is the matter
    return {"known": known, "owner": kept.of(site.STEP)["owner"]}


def administrator_taken(request: Request, given: Given, kept: State) -> Given | Response:
    """The first administrator, or that the database has one."""
    if _has_administrator(request, kept):
        return {"known": "yes", "of": database.label(kept.of(database.STEP))}
    return administrator.taken(request.config, given)


def site_facts(request: Request, kept: State) -> Facts:
    """The address as the visitor came by it."""
    return {"guessed": site.guessed_address(request)}


def site_taken(request: Request, given: Given, kept: State) -> Given | Response:
    """The site's own settings."""
    return site.taken(request.config, given)


def outside_facts(request: Request, kept: State) -> Facts:
    """What was seen, if anybody has looked."""
    return {"address": kept.of(site.STEP)["base_url"], "seen": probing.seen(kept.of(probing.STEP))}


def outside_taken(request: Request, given: Given, kept: State) -> Given | Response:
    """What is seen from outside; or that it was seen, and may be so."""
    if given.get("do") == "look":
        found = probing.look(request.config, kept.of(site.STEP)["base_url"])
        state.keep(request.config, probing.STEP, found.kept())
        return redirect(request.url)
    return {**kept.of(probing.STEP), "passed": kept.of(site.STEP)["base_url"]}


def mail_facts(request: Request, kept: State) -> Facts:
    """The host's program, and the owner's address."""
    return {"program": mail.program(), "owner": kept.of(site.STEP)["owner"]}


def mail_taken(request: Request, given: Given, kept: State) -> Given | Response:
    """How mail leaves, tried with a letter where that is wanted."""
    known = kept.of(site.STEP)
    answers = mail.taken(request.config, _with_password(given, kept.of(mail.STEP)), known)
    if given.get("do") == "try":
        answers["said"] = mail.send_trial(request.config, answers, known, given["to"])
    return answers


def finish_facts(request: Request, kept: State) -> Facts:
    """All that was answered, and what the mail server said."""
    return {"answers": {step: kept.of(step) for step in kept.answers},
            "half": progress.is_half(request.config, kept),
            "said": kept.of(mail.STEP).get("said", "")}


def finish(request: Request, kept: State) -> Work:
    """Do all of it; Invalid where site.ini is to be uploaded first, and is not there as it must."""
    if kept.phase == state.HANDED:
        problem = finishing.uploaded(request.config)
        if problem:
            raise Invalid(problem)
    return finishing.run(request.config, Who(None, "installer", request.remote_address))


def settings(request: Request) -> Response:
    """The text of site.ini, to be saved and uploaded by its owner."""
    kept = state.read(request.config)
    if kept.phase != state.HANDED:
        return redirect(request.url_for("install"))
    response = Response.text(writing.text(kept))
    response["Content-Disposition"] = 'attachment; filename="site.ini"'
    return response


def _with_password(given: Given, before: Given) -> Given:
    if given.get("password") or not before.get("password"):
        return given
    return {**given, "password": before["password"]}


def _has_administrator(request: Request, kept: State) -> bool:
    chosen = database.with_database(request.config, kept.of(database.STEP))
    return administrator.is_there(chosen)
