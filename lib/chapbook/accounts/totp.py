"""The second factor: six digits that an app on a phone makes of a secret and the time (RFC 6238).

The digits are pyotp's, the picture with the secret segno's. A code is good for its half minute and
the one on either side, and once: to use it is one conditional UPDATE of the last step used.
"""
from __future__ import annotations

import os
import time
from base64 import b32encode

from ..errors import Conflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database

DIGITS = 6
STEP = 30                     # seconds
AROUND = 1                    # steps that a phone's clock may be early or late
# A step that was used lies no further ahead than this, unless the clock was set back since.
AHEAD_MOST = 10


def begin(db: Database, account_id: int) -> str:
    """A new secret for an account, in base 32; it is asked for once `turn_on` was given a code.

    Conflict where a second factor is on already.
    """
    secret = b32encode(os.urandom(20)).decode("ascii")
    if not db.run(
        "UPDATE account SET totp_secret = :secret, totp_step = 0"
        " WHERE id = :id AND totp_at IS NULL", secret=secret, id=account_id,
    ):
        raise Conflict("A second factor is on already. Please switch it off first.")
    return secret


def pending(db: Database, account_id: int) -> str | None:
    """The secret that was made and not yet switched on, to be shown; None where there is none."""
    found = db.value("SELECT totp_secret FROM account WHERE id = :id AND totp_at IS NULL",
                     id=account_id)
    return None if found is None else str(found)


def turn_on(db: Database, account_id: int, code: str, now: int | None = None) -> bool:
    """Switch the factor on where the code shows that the app has the secret; whether it was."""
    now = _now(now)
    secret = pending(db, account_id)
    step = None if secret is None else matching_step(secret, code, now)
    return step is not None and bool(db.run(
        "UPDATE account SET totp_at = :now, totp_step = :step"
        " WHERE id = :id AND totp_at IS NULL AND totp_secret = :secret",
        now=now, step=step, id=account_id, secret=secret))


def turn_off(db: Database, account_id: int) -> bool:
    """Switch the factor off, and forget its secret; whether it was on."""
    was_on = db.run("UPDATE account SET totp_at = NULL WHERE id = :id AND totp_at IS NOT NULL",
                    id=account_id)
    db.run("UPDATE account SET totp_secret = NULL, totp_step = 0 WHERE id = :id", id=account_id)
    return bool(was_on)


def use(db: Database, account_id: int, code: str, now: int | None = None) -> bool:
    """Whether it is the code of now, and no code of its half minute was used before; now it is."""
    now = _now(now)
    secret = db.value("SELECT totp_secret FROM account WHERE id = :id AND totp_at IS NOT NULL",
                      id=account_id)
    step = None if secret is None else matching_step(str(secret), code, now)
    return step is not None and bool(db.run(
        "UPDATE account SET totp_step = :step WHERE id = :id AND totp_at IS NOT NULL"
        " AND totp_secret = :secret AND (totp_step < :step OR totp_step > :step + :ahead)",
        step=step, id=account_id, secret=secret, ahead=AHEAD_MOST))


def matching_step(secret: str, code: str, now: int) -> int | None:
    """The step of time, of those around now, whose code this is; spaces do not matter."""
    digits = code.replace(" ", "")
    if len(code) > 4 * DIGITS or len(digits) != DIGITS or not (
        digits.isascii() and digits.isdigit()
    ):
        return None
    from pyotp import TOTP
    from pyotp.exceptions import OTPVerificationError

    try:
        return TOTP(secret).verify_and_get_timecode(digits, for_time=now, valid_window=AROUND)
    except OTPVerificationError:
        return None


def address(secret: str, account: str, site: str) -> str:
    """The otpauth: address that an app reads, with the account's address and the site's title."""
    from pyotp import TOTP

    # Apps divide the two at a colon.
    return TOTP(secret).provisioning_uri(name=account, issuer_name=site.replace(":", " "))


def picture(address: str) -> bytes:
    """The address as a QR code, an SVG document of its own, for an `<img>`."""
    import io

    import segno

    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=6, border=4, dark="#000", light="#fff", svgclass=None,
        lineclass=None)
    return out.getvalue()


def data_address(picture: bytes) -> str:
    """A picture as an address of its own, for the `src` of an `<img>`: it is asked for nowhere."""
    from binascii import b2a_base64

    return "data:image/svg+xml;base64," + b2a_base64(picture, newline=False).decode("ascii")


def _now(now: int | None) -> int:
    return int(time.time()) if now is None else now
