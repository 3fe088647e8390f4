"""Ordered fields with repeated names, as query strings and forms have them."""
from __future__ import annotations

from .errors import BadRequest

MOST_DIGITS = 18          # fits the BIGINT of both databases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Generic, TypeVar

    T = TypeVar("T")
    D = TypeVar("D")
else:
    class Generic:
        """Stands for typing.Generic at run time: importing that costs more than this module."""

        def __class_getitem__(cls, item):
            return cls

    T = None


class MultiDict(Generic[T]):
    """A read-only mapping of names to values that knows all values of a repeated name.

    `fields["name"]` and `fields.get("name")` want a single value: a name sent twice where one is
    asked for is a 400, never a silent choice between the two. `fields.all("name")` gives the list.
    Iterating, `keys()`, `dict(fields)` and `**fields` use each name once, in the order of arrival.
    """

    def __init__(self, pairs: Iterable[tuple[str, T]] = ()) -> None:
        self._values: dict[str, list[T]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def all(self, name: str) -> list[T]:
        """Every value of a name, in order; an empty list where there is none."""
        return list(self._values.get(name, ()))

    def get(self, name: str, default: D | None = None) -> T | D | None:
        """The value of a name, or `default`; BadRequest where it came more than once."""
        return self[name] if name in self._values else default

    def __getitem__(self, name: str) -> T:
        values = self._values[name]
        if len(values) > 1:
            raise BadRequest(
                "A field was sent more than once. Please go back and try again.",
                detail=f"{name!r} came {len(values)} times; a list is read with .all({name!r})",
            )
        return values[0]

    def number(self, name: str, default: int | None = None) -> int | None:
        """The value of a name as a whole number from 0, or `default`; BadRequest for others."""
        text = self.get(name)
        if text is None:
            return default
        if not isinstance(text, str) or len(text) > MOST_DIGITS or not (
            text.isascii() and text.isdigit()
        ):
            raise BadRequest(
                "The address is not complete or not right.", detail=f"{name}={text!r} is no number"
            )
        return int(text)

    def keys(self) -> Iterable[str]:
        """The names, each once."""
        return self._values.keys()

    def pairs(self) -> list[tuple[str, T]]:
        """Each name with each of its values; values of one name stay together."""
        return [(name, value) for name, values in self._values.items() for value in values]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __bool__(self) -> bool:
        return bool(self._values)

    def __repr__(self) -> str:
        return f"MultiDict({self.pairs()!r})"
