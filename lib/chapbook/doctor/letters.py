"""How mail leaves: the host's program is there, the mail server lets the site in."""
from __future__ import annotations

import os

from ..mail.transports import Deferred
from .findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place


def program_is_there(place: Place) -> Iterator[Finding]:
    """The program of via = sendmail can be run."""
    mail = place.config.mail
    if mail.via == "sendmail" and not os.access(str(mail.sendmail), os.X_OK):
        yield Finding(
            "sendmail-missing",
            f"No mail can leave: there is no program {mail.sendmail} on this machine.",
            "Ask your host for the path of sendmail, and write it below [mail] in site.ini: "
            "sendmail = ...; or use an SMTP server: via = smtp (docs/mail.md)")


def server_lets_us_in(place: Place) -> Iterator[Finding]:
    """The server of via = smtp answers, by TLS, and takes the password; no mail is sent."""
    if place.problem is not None or place.config.mail.via != "smtp":
        return
    from ..mail.smtp import SMTP

    transport = SMTP(place.config)
    try:
        transport.greet()
    except Deferred as error:
        yield Finding(
            "smtp-refused", f"No mail can leave. {error}",
            "Correct host, port, tls, user and password below [mail] in site.ini; your host's "
            "pages about mail programs name them.")
    finally:
        transport.close()


DEPLOYED = (program_is_there,)
ASKING = (server_lets_us_in,)
