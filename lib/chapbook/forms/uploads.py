"""Files: `accept`, `multiple` and `data-max-size`."""
from __future__ import annotations

from ..errors import ServerError
from .microsyntax import SPACE
from .refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..fields import Upload
    from .markup import Control

_UNITS = {"": 1, "b": 1, "kb": 1000, "mb": 1000 ** 2, "gb": 1000 ** 3,
          "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_UNKNOWN = ("", "application/octet-stream")          # what is sent for a file of no known type


def typed(control: Control, sent: list[Upload], barred: bool) -> list[Upload] | Upload | None:
    """The files of a control: a list where it is `multiple`, else one or None."""
    if len(sent) > 1 and not control.multiple:
        raise Refused(control, "repeated", "file")
    for upload in sent:
        if upload.limit is not None:
            raise Refused(control, "size", limit=upload.limit, length=upload.size, file=upload.name)
    if not barred:
        if not sent and control.required:
            raise Refused(control, "required", "file")
        if sent:
            _enforce(control, sent)
    if control.multiple:
        return sent
    return sent[0] if sent else None


def _enforce(control: Control, sent: list[Upload]) -> None:
    tokens = accepted(control.attributes.get("accept", ""))
    written = control.attributes.get("data-max-size")
    most = None if written is None else size(written)
    if written is not None and most is None:
        from . import promises

        raise ServerError(detail=promises.on_size(control))
    for upload in sent:
        if tokens and not fits(upload, tokens):
            raise Refused(control, "accept", kinds=tokens, file=upload.name)
        if written is not None and most is not None and upload.size > most:
            limit = most if written.strip().isdigit() else written.strip()
            raise Refused(control, "size", limit=limit, length=upload.size, file=upload.name)


def accepted(accept: str) -> list[str]:
    """What an `accept` admits, in lower case: .pdf, image/png, image/*; what is neither is not."""
    tokens = [token.strip(SPACE).lower() for token in accept.split(",")]
    return [token for token in tokens if len(token) > 1 and (
        token[0] == "." or token.count("/") == 1 and token[0] != "/" and token[-1] != "/")]


def fits(upload: Upload, tokens: list[str]) -> bool:
    """Whether the name or the type of a file is among those: either will do, as in browsers.

    Both are the visitor's words; what is in the file is not looked at. A file that came without a
    type has the one that goes with its name.
    """
    name = upload.name.lower()
    kind = upload.type.partition(";")[0].strip(SPACE).lower()
    if kind in _UNKNOWN and any("/" in token for token in tokens):
        from mimetypes import MimeTypes

        kind = MimeTypes().guess_type(f"file.{name.rpartition('.')[2]}")[0] or kind
    family = kind.partition("/")[0] + "/*"
    return any(
        name.endswith(token) if token[0] == "." else token in (kind, family, "*/*")
        for token in tokens
    )


def size(text: str) -> int | None:
    """The bytes of `data-max-size`: 2 MiB, 500 kB, 100000; None for what is no size."""
    text = text.strip().lower()
    digits = text[:len(text) - len(text.lstrip("0123456789."))]
    unit = _UNITS.get(text[len(digits):].strip())
    if unit is None or len(digits) > 12 or digits.count(".") > 1 or not digits.strip("."):
        return None
    return int(float(digits) * unit)
