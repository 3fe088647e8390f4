"""What can go wrong: each error carries a sentence for the visitor and a detail for the log.

Raise one of these from a handler and the visitor reads a complete page with that status.
`sentence` is shown; `detail` never is: it goes to the log, beside the request id that the visitor
can quote.
"""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class HTTPError(Exception):
    """An answer that is no success: `status`, a public `sentence`, a private `detail`, headers."""

    status = 500
    title = "Something went wrong"
    sentence = "The site could not answer. The error has been noted."

    def __init__(
        self, sentence: str | None = None, *, detail: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        if sentence is not None:
            self.sentence = sentence
        self.detail = detail
        self.headers = list(headers)
        super().__init__(detail or self.sentence)


class BadRequest(HTTPError):
    """400: the request itself is broken."""

    status = 400
    title = "Bad request"
    sentence = "The request could not be understood. Please go back and try again."


class Forbidden(HTTPError):
    """403: understood, and not allowed."""

    status = 403
    title = "Not allowed"
    sentence = "You may not do this."


class NotFound(HTTPError):
    """404: there is nothing at this address, or nothing that this visitor may know of."""

    status = 404
    title = "Page not found"
    sentence = "There is no page at this address."


class MethodNotAllowed(HTTPError):
    """405: the page exists and does not answer this method; `Allow` names those it does."""

    status = 405
    title = "Method not allowed"
    sentence = "This page cannot be asked in that way."

    def __init__(self, allow: Iterable[str]) -> None:
        super().__init__(headers=[("Allow", ", ".join(allow))])


class RequestTimeout(HTTPError):
    """408: a body that comes in so slowly that it would hold up others."""

    status = 408
    title = "Too slow"
    sentence = "The request came too slowly. Please try again."


class Conflict(HTTPError):
    """409: the request does not fit what is stored now."""

    status = 409
    title = "Conflict"
    sentence = "This has changed in the meantime. Please go back and look again."


class Gone(HTTPError):
    """410: there was something here, and it will not come back."""

    status = 410
    title = "Gone"
    sentence = "What was here has been removed."


class LengthRequired(HTTPError):
    """411: a body without Content-Length; chunked bodies are refused alike by every gateway."""

    status = 411
    title = "Length required"
    sentence = "The request must say how long its body is (Content-Length)."


class TooLarge(HTTPError):
    """413: the body, a file, a field or the number of fields is over a limit."""

    status = 413
    title = "Too large"
    sentence = "What was sent is too large."


class UnsupportedMediaType(HTTPError):
    """415: a body of a kind that this page does not read."""

    status = 415
    title = "Unsupported type"
    sentence = "This page cannot read a body of that type."


class Invalid(HTTPError):
    """422: the values do not fit the form. `Invalid(name="That name is taken.")` names a field.

    `fields` maps names of fields to sentences; a positional sentence speaks of the whole form.
    """

    status = 422
    title = "Please check your answers"
    sentence = "Some answers need another look."

    def __init__(self, sentence: str | None = None, /, **fields: str) -> None:
        super().__init__(sentence)
        self.fields = fields


class TooManyRequests(HTTPError):
    """429: a limit on how often was reached; `retry_after` is in seconds."""

    status = 429
    title = "Too many requests"
    sentence = "That was too often. Please wait a little and try again."

    def __init__(
        self, sentence: str | None = None, *, detail: str = "", retry_after: int = 60
    ) -> None:
        super().__init__(sentence, detail=detail, headers=[("Retry-After", str(retry_after))])


class ServerError(HTTPError):
    """500: the site's own fault."""


class DatabaseError(ServerError):
    """500: a statement failed; `detail` has the engine's words and what the owner can do."""


class Duplicate(DatabaseError):
    """409: a unique key is already taken; catch it to say which field must change."""

    status = 409
    title = "Already there"
    sentence = "This has been stored already."


class Unavailable(HTTPError):
    """503: something the page needs does not answer now; `retry_after` is in seconds."""

    status = 503
    title = "Back in a moment"
    sentence = "The site cannot answer this just now. Please try again in a moment."

    def __init__(
        self, sentence: str | None = None, *, detail: str = "", retry_after: int = 5
    ) -> None:
        super().__init__(sentence, detail=detail, headers=[("Retry-After", str(retry_after))])


class Unsure(Unavailable):
    """503: the connection was lost during COMMIT, and nobody knows whether the writes were kept."""


def user() -> str:
    """The name of the user as whom this process runs, to say whose rights are missing."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


class ConfigError(Exception):
    """The owner's mistake in the site's files, as one sentence: what, where, and what to do."""
