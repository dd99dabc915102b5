"""The condition on one attribute. An attribute that is not sent equals nothing."""

import math
import re
from dataclasses import dataclass
from datetime import date

from mappings.facts import Facts
from mappings.words import fold, glob_fits, listed

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])|([0-9]{8})(?=$|[0-9]{6})")  # RFC 3339 and LDAP's GeneralizedTime


@dataclass(frozen=True, slots=True)
class Attribute:
    """`values`: one of these, ignoring case. The other keys must hold for one and the same value."""

    name: str
    values: tuple[str, ...] | None = None
    like: tuple[str, ...] | None = None
    present: bool | None = None
    before: date | None = None
    after: date | None = None
    at_least: float | None = None

    def holds(self, facts: Facts) -> tuple[str, ...] | None:
        sent = facts.attributes.get(fold(self.name), ())
        if self.present is False:
            return None if sent else (f"{self.name} is not sent",)
        for value in sent:
            if self._fits(value):
                return (f"{self.name} is {value}",)
        return None

    def why_not(self, facts: Facts) -> str:
        sent = facts.attributes.get(fold(self.name), ())
        if not sent:
            return f"{self.name} not sent"
        if self.present is False:
            return f"{self.name} is sent: {listed(sent, 'and')}"
        return f"{self.name} is {listed(sent, 'and')}, not {self._wanted()}"

    def misses(self, facts: Facts) -> int:
        return 1

    def _fits(self, value: str) -> bool:
        folded = fold(value)
        return (
            (self.values is None or any(fold(one) == folded for one in self.values))
            and (self.like is None or any(glob_fits(one, folded) for one in self.like))
            and (self.before is None or ((day := _date(value)) is not None and day < self.before))
            and (self.after is None or ((day := _date(value)) is not None and day > self.after))
            and (self.at_least is None or ((number := _number(value)) is not None and number >= self.at_least))
        )

    def _wanted(self) -> str:
        parts = [
            listed(self.values) if self.values is not None else "",
            f"like {listed(self.like)}" if self.like is not None else "",
            f"before {self.before}" if self.before else "",
            f"after {self.after}" if self.after else "",
            f"at least {self.at_least:g}" if self.at_least is not None else "",
        ]
        return listed([part for part in parts if part], "and")


def _date(value: str) -> date | None:
    found = _DAY.match(value)
    try:
        return date.fromisoformat(found.group(1) or found.group(2)) if found else None
    except ValueError:
        return None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
