"""Regular expressions: none repeats what repeats, or some texts keep it busy for years."""
from __future__ import annotations

import ast
import re

from .findings import Finding, line
from .inputs import REGEXPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .findings import Source
    from .texts import Texts

_TREE: Any = getattr(re, "_parser", None)         # not public: without it nothing is told
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")


def findings(source: Source, texts: Texts) -> Iterator[Finding]:
    """Each constant pattern that may take a time that grows with a power of its text's length."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and node.args and source.dotted(node.func) in REGEXPS:
            flags = "VERBOSE" in ast.unparse(node)
            for text in texts.of(node.args[0]) or ():
                if _TREE is not None and _is_nested(text, re.VERBOSE if flags else 0):
                    yield Finding(line(node), "regexp", (
                        "This pattern repeats what repeats, and some texts keep it busy for years; "
                        "write possessive repetitions, as in (?:[^,]*+,)*+, or split the text."))
                    break


def _is_nested(text: str, flags: int) -> bool:
    try:
        return _repeats(_TREE.parse(text, flags), False)
    except (re.error, RecursionError):
        return False                              # told by whatever uses it


def _repeats(tree: Any, inside: bool) -> bool:
    """Whether a repetition without an end stands within another that can give back what it took."""
    for op, value in tree:
        name = str(op)
        if name in (*_REPEATS, "POSSESSIVE_REPEAT"):
            endless = name in _REPEATS and str(value[1]) == "MAXREPEAT"
            if endless and inside or _repeats(value[2], inside or endless):
                return True
        elif name == "SUBPATTERN" and _repeats(value[3], inside):
            return True
        elif name == "BRANCH" and any(_repeats(each, inside) for each in value[1]):
            return True
        elif name in ("ASSERT", "ASSERT_NOT") and _repeats(value[1], inside):
            return True
        elif name == "ATOMIC_GROUP" and _repeats(value, False):
            return True
    return False
