"""Mail to an SMTP server (RFC 5321), by TLS unless it is switched off, signed in where wanted.

Whatever the server does, a delivery ends within `transports.allowed`: each answer has its time, and
all of them together too, since a server that says one byte now and then never runs into the first.
"""
from __future__ import annotations

import smtplib
import socket
import ssl
import threading

from . import outbox
from .transports import Deferred, Refused, allowed, refuse_late, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..config import Config

# A server may look into a message for long before it says that it has it. If we are gone by then,
# it has it and we do not know: six times the usual time makes that rare.
PATIENCE = 6
WAYS = frozenset(("PLAIN", "LOGIN", "CRAM-MD5"))


class SMTP:
    """The transport of `via = smtp`: one connection for all messages of a run."""

    def __init__(self, config: Config) -> None:
        self._mail = config.mail
        self._at = f"{self._mail.host} port {self._mail.port}"
        self._timeout = max(1.0, self._mail.timeout)
        self._allowed = allowed(config)
        name = outbox.domain(config)
        # Told here, because smtplib would ask the DNS for this machine's name, and wait for it.
        self._name = name if "." in name else "[127.0.0.1]"
        self._smtp: smtplib.SMTP | None = None
        self._doing = ""
        self._cut = False

    def deliver(self, sender: str, to: str, message: bytes, name: str, before: float) -> None:
        """Send one message; Refused for 5xx to the recipient or the message, else Deferred."""
        self._watched(lambda: self._deliver(sender, to, message, before))

    def greet(self) -> None:
        """Connect and sign in as for a message, but send none; Deferred says why that fails."""
        self._watched(self._ready)

    def _watched(self, work: Callable[[], object]) -> None:
        self._cut = False
        watch = threading.Timer(self._allowed, self._cut_off)
        watch.daemon = True
        watch.start()
        try:
            work()
        except (Refused, Deferred) as error:
            if isinstance(error, Deferred) and error.for_all:
                self.close()
            raise
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.close()
            raise Deferred(self._why(error), for_all=True) from error
        finally:
            watch.cancel()

    def close(self) -> None:
        """End the session without waiting for a good-bye."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _deliver(self, sender: str, to: str, message: bytes, before: float) -> None:
        smtp = self._ready()
        # Of our own writing: smtplib's mail() and rcpt() read addresses by a grammar of their own.
        self._doing = "taking the sender"
        code, reply = smtp.docmd("MAIL", f"FROM:<{_path(sender)}>")
        if code != 250:
            raise Deferred(f"{self._at} does not take mail from {sender}: {code} {words(reply)}. "
                           "[mail] sender must be an address that it may send for.", for_all=True)
        self._doing = "taking the recipient"
        code, reply = smtp.docmd("RCPT", f"TO:<{_path(to)}>")
        if code not in (250, 251):
            raise self._unwanted(f"mail to {to}", code, reply)
        refuse_late(before)
        self._doing = "taking the message"
        if smtp.sock is not None:
            smtp.sock.settimeout(self._timeout * PATIENCE)
        try:
            code, reply = smtp.data(message)
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, _bytes(error.smtp_error)
        if smtp.sock is not None:
            smtp.sock.settimeout(self._timeout)
        if code != 250:
            raise self._unwanted(f"the message to {to}", code, reply)

    def _unwanted(self, what: str, code: int, reply: bytes) -> Exception:
        said = f"{self._at} does not take {what}: {code} {words(reply)}"
        if 500 <= code < 600:
            return Refused(said)
        return Deferred(said, for_all=code == 421 or not 400 <= code < 500)

    def _ready(self) -> smtplib.SMTP:
        """The session, a new one where there is none or the server has ended the last."""
        if self._smtp is not None:
            self._doing = "going on"
            try:
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        mail = self._mail
        self._doing = "answering"
        context = None if mail.tls == "off" else ssl.create_default_context()
        if mail.tls == "tls" and context is not None:
            self._smtp = _TLS(self._name, self._timeout, context)
        else:
            self._smtp = smtplib.SMTP(local_hostname=self._name, timeout=self._timeout)
        smtp = self._smtp
        # smtplib knows the host only if it is told at its making, and connects then.
        smtp._host = mail.host                    # type: ignore[attr-defined]
        code, reply = smtp.connect(mail.host, mail.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)
        smtp.ehlo_or_helo_if_needed()
        if mail.tls == "starttls" and context is not None:
            self._start_tls(smtp, context)
        if mail.user:
            self._sign_in(smtp)
        return smtp

    def _start_tls(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        self._doing = "beginning TLS"
        if not smtp.has_extn("starttls"):
            raise Deferred(f"{self._at} offers no STARTTLS, and nothing is sent in the open. Try "
                           "[mail] tls = tls with port = 465; tls = off is for this machine alone.",
                           for_all=True)
        code, reply = smtp.starttls(context=context)
        if code != 220:
            raise Deferred(f"{self._at} does not begin TLS now: {code} {words(reply)}",
                           for_all=True)
        smtp.ehlo_or_helo_if_needed()

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        self._doing = "signing in"
        mail = self._mail
        ways = smtp.esmtp_features.get("auth", "").upper().split()
        if WAYS.isdisjoint(ways):
            raise Deferred(f"{self._at} has no sign-in, at least not by tls = {mail.tls}. Leave "
                           "[mail] user empty if it wants none.", for_all=True)
        if "PLAIN" in ways:
            from base64 import b64encode
            # smtplib's own takes ASCII alone; RFC 4616 says UTF-8.
            token = b64encode(f"\0{mail.user}\0{mail.password}".encode()).decode("ascii")
            code, reply = smtp.docmd("AUTH", f"PLAIN {token}")
        else:
            try:
                code, reply = smtp.login(mail.user, mail.password)
            except smtplib.SMTPAuthenticationError as error:
                code, reply = error.smtp_code, _bytes(error.smtp_error)
        if code not in (235, 503):                # 503: already signed in
            raise Deferred(f"{self._at} does not let {mail.user!r} sign in: {code} {words(reply)}. "
                           "Check [mail] user and password.", for_all=True)

    def _cut_off(self) -> None:
        """End a delivery that takes too long: the thread that waits for an answer gets none."""
        self._cut = True
        smtp = self._smtp
        if smtp is not None and smtp.sock is not None:
            try:
                socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)     # beneath TLS
            except OSError:
                pass                              # it has just ended by itself

    def _why(self, error: Exception) -> str:
        """What went wrong on the way to the server or with it, and what the owner can do."""
        mail = self._mail
        if self._cut:
            return (f"{self._at} was too slow: it was not done within {self._allowed:.0f} seconds, "
                    f"and was {self._doing}. It is tried again.")
        if isinstance(error, ssl.SSLCertVerificationError):
            return (f"The certificate of {self._at} cannot be trusted ({error.verify_message}). "
                    "[mail] host must be the name in it; for a server on this machine itself, "
                    "tls = off will do.")
        if isinstance(error, ssl.SSLError):
            return (f"{self._at} does not speak TLS as asked ({error.reason or error}). Port 587 "
                    "goes with [mail] tls = starttls, port 465 with tls = tls.")
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return (f"{self._at} was silent for too long instead of {self._doing}. If it is never "
                    "reached, check [mail] host and port, and whether your host lets mail out.")
        if isinstance(error, socket.gaierror):
            return f"There is no mail server {mail.host!r} ({error.strerror}): check [mail] host."
        if isinstance(error, smtplib.SMTPConnectError):
            return f"{self._at} does not want to talk: {error.smtp_code} {words(_bytes(error))}"
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return (f"{self._at} ended the connection instead of {self._doing}. It is tried again; "
                    "where it always does, check [mail] port and tls.")
        if isinstance(error, OSError) and error.errno:
            return (f"No mail server answers at {self._at} ({error.strerror}): check [mail] host "
                    "and port, and whether your host lets mail out.")
        return f"{self._at} answered what nobody understands ({words(str(error))})."


class _TLS(smtplib.SMTP_SSL):
    """TLS from the first byte; smtplib's own, made without connecting at once."""

    def __init__(self, name: str, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(local_hostname=name, timeout=timeout, context=context)


def _path(address: str) -> str:
    """An address as commands have it; one with dots where no atom has them is quoted."""
    local, _, domain = address.rpartition("@")
    if local[0] == "." or local[-1] == "." or ".." in local:
        local = f'"{local}"'
    return f"{local}@{domain}"


def _bytes(error: object) -> bytes:
    reply = getattr(error, "smtp_error", error)
    return reply if isinstance(reply, bytes) else str(reply).encode("ascii", "replace")
