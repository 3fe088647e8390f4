"""JSON (RFC 8259) from a file of somebody else: only what programs of ours write into theirs."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_decode: Callable[[str], Any] | None = None      # made once: a backup has millions of lines


def parsed(data: bytes) -> Any:
    """The value of a text in UTF-8; ValueError, with a reason, for anything that is not strict.

    So are names given twice, numbers with a fraction or an exponent, NaN, numbers of thousands of
    digits, nesting beyond what a parser follows, and halves of characters.
    """
    import json

    global _decode
    if _decode is None:
        _decode = json.JSONDecoder(
            object_pairs_hook=_once, parse_constant=_never, parse_float=_never).decode
    try:
        text = data.decode("utf-8")
        value = _decode(text)
        if "\\u" in text:
            # The one way to write half a character, which no file and no database takes.
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("it has half a character in it") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is no text in UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice in it")
    return found


def _never(text: str) -> Any:
    raise ValueError(f"{text[:20]} is no whole number")
