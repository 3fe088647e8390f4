"""Who looks after the site, and whether what is to be done now and then is done."""
from __future__ import annotations

from shlex import quote

from .findings import Finding, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..db import Database
    from .place import Place

WAITS = 3600                  # seconds that a mail may wait
UNSEEN = 86400                # seconds without cron
UNSWEPT = 3 * 86400           # seconds beyond its end that a row may be there
MOST = 50                     # administrators that are looked at

_ADMINISTRATORS = (
    "SELECT address, totp_at FROM account WHERE role = 'administrator' AND state = 'active'"
    " ORDER BY id LIMIT :most"
)
_OLDEST = "SELECT MIN(written_at) FROM outbox WHERE state = 'waiting'"
_WHY = ("SELECT last_error FROM outbox WHERE state = 'waiting' AND last_error IS NOT NULL"
        " ORDER BY id DESC LIMIT 1")
_FAILED = "SELECT COUNT(*) FROM outbox WHERE state = 'failed'"
_CRON = "SELECT seen_at FROM cron_seen WHERE job = 'cron'"
_ENDED = {
    "session": "SELECT COUNT(*) FROM session WHERE ends_at < :then",
    "throttle": "SELECT COUNT(*) FROM throttle WHERE free_at < :then",
    "account_token": "SELECT COUNT(*) FROM account_token WHERE expires_at < :then",
    "form_answer": "SELECT COUNT(*) FROM form_answer WHERE sent_at < :then",
}


def there_is_an_administrator(place: Place) -> Iterator[Finding]:
    """Somebody can administer the site, and nobody does so with a password alone."""
    rows = _db(place).all(_ADMINISTRATORS, most=MOST)
    if not rows:
        yield Finding(
            "no-administrator",
            "Nobody can administer the site: no open account is an administrator's.",
            "./chapbook user add you@example.org --role administrator")
    weak = [str(row.address) for row in rows if row.totp_at is None]
    if weak:
        yield Finding(
            "one-factor",
            f"Whoever learns one password can do everything here: {named(weak)} signs in without "
            "a second factor.",
            "Sign in, open Account, then Second factor, and switch it on with the phone.")


def mail_arrives(place: Place) -> Iterator[Finding]:
    """No mail waits for long, and none was given up."""
    oldest = _db(place).value(_OLDEST)
    if oldest is not None and place.now - int(oldest) > WAITS:
        why = _db(place).value(_WHY)
        yield Finding(
            "mail-waiting",
            f"Mail has been waiting for {int(place.now - int(oldest)) // 3600} hours to be sent."
            + (f" The last try said: {why}" if why else ""),
            "./chapbook cron -v    (it tries at once, and says what is in the way)")
    failed = int(_db(place).value(_FAILED))
    if failed:
        yield Finding(
            "mail-failed",
            f"{failed} mail{'s' if failed > 1 else ''} could not be sent, and nobody tries any "
            "more.",
            "Look at the outbox for the reason; then ./chapbook cron --again")


def chores_are_done(place: Place) -> Iterator[Finding]:
    """cron comes, and what has ended is deleted."""
    seen = int(_db(place).value(_CRON) or 0)
    if place.now - seen > UNSEEN:
        yield Finding(
            "cron-missing",
            "The site's regular work is not done: cron has "
            + (f"not come for {int(place.now - seen) // 86400} days." if seen else "never come.")
            + " Mail waits until somebody opens a page, and old data stays.",
            "In your host's control panel, or by crontab -e: * * * * * "
            f"{quote(place.root + '/chapbook')} cron")
        return
    kept = {"form_answer": int(float(place.config.forms.open))}
    full = [table for table, sql in _ENDED.items()
            if _db(place).value(sql, then=int(place.now) - UNSWEPT - kept.get(table, 0))]
    if full:
        yield Finding(
            "tables-unswept",
            f"What ended days ago is still stored, though cron comes: {', '.join(full)}. Something "
            "keeps it from tidying up.",
            "./chapbook cron -v    (as the user of the pages; it says what is in the way)")


def _db(place: Place) -> Database:
    assert place.db is not None
    return place.db


DEPLOYED = (there_is_an_administrator, mail_arrives, chores_are_done)
