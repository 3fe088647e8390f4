"""Numbers, dates and times: `min`, `max` and `step` (HTML standard, sections 4.10.5.3.7 and .8)."""
from __future__ import annotations

from . import microsyntax
from .refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

    from .markup import Control

    Number = int | Decimal

TYPES = frozenset(microsyntax.PARSERS)
MOST_WHOLE = 2 ** 63 - 1                     # fits the BIGINT of both databases
EXACT = 2 ** 53                              # steps that a double can tell apart
TOLERANCE = 2 ** 24                          # browsers forgive this part of a step
# The last of each that Python's datetime knows; browsers go on to the year 275760.
LATEST = {
    kind: microsyntax.PARSERS[kind](text) for kind, text in (
        ("date", "9999-12-31"), ("month", "9999-12"), ("week", "9999-W52"),
        ("datetime-local", "9999-12-31T23:59:59.999"))
}
_SCALE = {"date": microsyntax.DAY, "week": microsyntax.WEEK, "time": microsyntax.SECOND,
          "datetime-local": microsyntax.SECOND}
_MONDAY = -3 * microsyntax.DAY               # 1970-W01 began before 1970 did


class Rule:
    """What a control asks of its number.

    `low` and `high` are None where there is no bound, `step` where any number will do; `base` is
    where the steps begin. `turned`: a time from `low` over midnight to `high`. `whole`: only whole
    numbers are taken, and the value is an int.
    """

    def __init__(self, control: Control) -> None:
        kind, attributes = control.type, control.attributes
        parse = microsyntax.PARSERS[kind]
        self.low: Any = parse(attributes.get("min", ""))
        self.high: Any = parse(attributes.get("max", ""))
        self.step: Any = _step(kind, attributes.get("step", ""))
        self.base: Any = self.low
        if self.base is None:
            self.base = parse(attributes.get("value", ""))
        if self.base is None:
            self.base = _MONDAY if kind == "week" else 0
        if kind == "range":
            self.low = 0 if self.low is None else self.low
            self.high = max(self.low, 100 if self.high is None else self.high)
        self.turned = kind == "time" and None not in (self.low, self.high) and self.high < self.low
        self.kind = kind
        self.is_number = kind in ("number", "range")
        self.whole = self.is_number and self.step is not None and (
            self.step == int(self.step) and self.base == int(self.base))

    def beyond(self, number: Number) -> str:
        """The bound that a number is beyond, "min" or "max"; "" where it is within both."""
        low, high = self.low, self.high
        if self.kind == "time" and not 0 <= number < microsyntax.DAY:
            return "min" if number < 0 else "max"
        if self.turned:                                      # from 22:00 to 6:00 at night
            return "min" if high < number < low else ""
        if low is not None and number < low:
            return "min"
        return "max" if high is not None and number > high else ""

    def misses(self, number: Number) -> bool:
        """Whether a number lies between two steps.

        As in Chromium a sixteen-millionth of a step is forgiven, and so is everything where a
        double cannot tell the steps apart; but whole numbers are whole there, too.
        """
        step, base = self.step, self.base
        if step is None:
            return False
        if type(number) is type(step) is type(base) is int:
            between = abs(number - base)
            return between % step != 0 and not (self.is_number and between > step * EXACT)
        from decimal import Context, Decimal

        exactly = Context(prec=60, Emax=99_999, Emin=-99_999, traps=[])
        width = Decimal(step)
        distance = exactly.abs(exactly.subtract(Decimal(number), Decimal(base)))
        if exactly.divide(distance, Decimal(EXACT)) > width:
            return self.whole and number != int(number)
        rest = exactly.remainder(distance, width)
        error = exactly.divide(width, Decimal(TOLERANCE))
        return error < rest < exactly.subtract(width, error)

    def neighbours(self, number: Number) -> list[Number]:
        """The nearest numbers on a step below and above one, as far as the control takes them."""
        from decimal import ROUND_FLOOR, Context, Decimal

        exactly = Context(prec=60, rounding=ROUND_FLOOR, traps=[])
        step, base = Decimal(self.step), Decimal(self.base)
        steps = exactly.divide(exactly.subtract(Decimal(number), base), step)
        below = exactly.add(base, exactly.multiply(exactly.to_integral_value(steps), step))
        near: list[Any] = [below, exactly.add(below, step)]
        if not self.is_number or self.whole:
            near = [int(each) for each in near]
        parse = microsyntax.PARSERS[self.kind]               # None for the years before the first
        return [each for each in near if not self.beyond(each) and (
            self.is_number or parse(microsyntax.written(self.kind, each)) is not None)]


def _step(kind: str, text: str) -> Number | None:
    """The distance between two steps, on the scale of the type; None for `any`."""
    if text.isascii() and text.lower() == "any":
        return None
    number, scale = microsyntax.number(text), _SCALE.get(kind, 1)
    if number is None or number <= 0:
        return 60 * scale if scale == microsyntax.SECOND else scale
    if kind in ("number", "range"):
        return number
    if scale == microsyntax.SECOND:                          # to a millisecond
        return max(1, int(number * scale * 2 + 1) // 2)
    return max(1, int(number * 2 + 1) // 2) * scale          # to a day, a week, a month


def moves_steps(control: Control, text: str) -> bool:
    """Whether browsers would count the steps from elsewhere if this text were the `value`.

    They do without a valid `min`: 7 as the value of a control with step=5 would make 10 a fault.
    """
    number, rule = microsyntax.PARSERS[control.type](text), Rule(control)
    without = microsyntax.PARSERS[control.type](control.attributes.get("min", "")) is None
    return without and number is not None and rule.misses(number)


def typed(control: Control, text: str, barred: bool = False) -> Any:
    """What a handler gets of a text that is not empty; Refused where the control does not take it.

    `barred`: the visitor could not change it, so bounds and steps are not asked.
    """
    kind = control.type
    rule = Rule(control)
    number = microsyntax.PARSERS[kind](text)
    if number is None:
        raise Refused(control, "type", "whole" if rule.whole else kind)
    if not barred or kind == "range":
        _bounded(control, rule, number)
    latest = MOST_WHOLE if rule.whole else LATEST.get(kind)
    if latest is not None and number > latest:
        raise Refused(control, "max", kind, limit=latest)
    if rule.whole and number < -MOST_WHOLE - 1:
        raise Refused(control, "min", kind, limit=-MOST_WHOLE - 1)
    if not rule.is_number:
        return microsyntax.value(kind, number)
    return _plain(number, rule)


def _bounded(control: Control, rule: Rule, number: Number) -> None:
    beyond = rule.beyond(number)
    if beyond and rule.turned:
        raise Refused(control, beyond, "around midnight", low=rule.low, high=rule.high)
    if beyond:
        raise Refused(control, beyond, rule.kind, limit=rule.low if beyond == "min" else rule.high)
    if rule.misses(number):
        whole = rule.whole and rule.step == 1
        raise Refused(control, "step", "whole" if whole else rule.kind, number=number,
                      near=rule.neighbours(number))


def _plain(number: Number, rule: Rule) -> Any:
    """An int for a control of whole numbers, and otherwise always a Decimal."""
    if type(number) is int and rule.whole:
        return number
    from decimal import Decimal

    exact = Decimal(number)
    if rule.whole:
        nearest = exact.to_integral_value()
        if abs(exact - nearest) * TOLERANCE <= rule.step:
            return int(nearest)
    return exact
