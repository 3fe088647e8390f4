"""What a session keeps, as JSON: only values that come back as they were, and 64 KiB of them."""
from __future__ import annotations

import json

from ..errors import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST = 65_536              # bytes of JSON
DEEPEST = 50                  # lists in lists


def loaded(data: str) -> dict[str, Any]:
    """The values of a JSON object."""
    values: dict[str, Any] = json.loads(data)
    return values


def texts(values: dict[str, Any]) -> dict[str, str]:
    """The JSON of each value."""
    return {name: text(name, value) for name, value in values.items()}


def text(name: str, value: Any) -> str:
    """The JSON of a value; TypeError for what would come back as something else, or not at all."""
    if type(name) is not str:
        raise TypeError(f"request.session[{name!r}]: names are text")
    _refuse_others(name, value, 0)
    try:
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        (name + written).encode()
    except ValueError as error:               # half a character, an endless number
        raise TypeError(f"request.session[{name!r}] cannot be stored: {error}") from error
    return written


def joined(written: dict[str, str]) -> str:
    """The JSON object of names and the JSON of their values; TooLarge for one that is not kept."""
    pairs = (f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, text in written.items())
    data = "{" + ",".join(pairs) + "}"
    size = len(data.encode())
    if size > LARGEST:
        sizes = ", ".join(f"{name} {len(text.encode())}" for name, text in written.items())
        raise TooLarge(
            "This is more than the site can remember of a visit.",
            detail=f"The session would have {size} bytes of JSON, and {LARGEST} are kept "
                   f"({sizes[:500]}). Put what is large into a table of its own, and its id into "
                   "the session.")
    return data


def _refuse_others(name: str, value: Any, depth: int) -> None:
    kind = type(value)
    if value is None or kind in (str, int, bool) or kind is float and value - value == 0:
        return
    if depth > DEEPEST:
        raise TypeError(f"request.session[{name!r}]: more than {DEEPEST} lists or dicts deep")
    if kind is list:
        for item in value:
            _refuse_others(name, item, depth + 1)
    elif kind is dict and all(type(key) is str for key in value):
        for item in value.values():
            _refuse_others(name, item, depth + 1)
    else:
        raise TypeError(
            f"request.session[{name!r}]: a {kind.__name__}{' (not finite)' * (kind is float)} "
            "cannot be stored. A session keeps text, whole numbers, finite floats, True, False, "
            "None, lists, and dicts with texts as keys. Store a date as value.isoformat(), a "
            "Decimal as str(value), a row by its id.")
