"""Conditions, compiled: each answers with the facts that made it hold, or with why it did not.

A condition is a value with three verbs: `holds(facts)` gives the evidence or None, `why_not(facts)` a sentence, and
`bindings(facts)` the captures of the one capturing condition a rule may have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Protocol

from mappings.captures import Pattern
from mappings.identity import GroupFact, Identity
from mappings.words import fold, glob, listed

Evidence = tuple[str, ...]


class Facts:
    """One identity, folded once for all conditions of a decision."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.by_name: dict[str, list[GroupFact]] = {}
        self.by_id: dict[str, GroupFact] = {}
        for group in identity.groups:
            self.by_name.setdefault(fold(group.name), []).append(group)
            if group.id is not None:
                self.by_id.setdefault(fold(group.id), group)
        self.email = fold(identity.email) if identity.email else None

    @cached_property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        return {fold(name): values for name, values in self.identity.attributes.items()}

    def group(self, name: str) -> GroupFact | None:
        """The one group of a name; None where two share it, because nobody can tell which is meant."""
        found = self.by_name.get(name, ())
        ids = {group.id for group in found}
        return found[0] if len(ids) == 1 else None

    def is_shared(self, name: str) -> bool:
        return len({group.id for group in self.by_name.get(name, ())}) > 1


class Condition(Protocol):
    """What every condition can."""

    def holds(self, facts: Facts) -> Evidence | None:
        """The facts it rests on; None: it does not hold."""

    def why_not(self, facts: Facts) -> str:
        """A sentence, for one that does not hold."""


@dataclass(frozen=True, slots=True)
class Everyone:
    def holds(self, facts: Facts) -> Evidence | None:
        return ("everyone",)

    def why_not(self, facts: Facts) -> str:
        return "it holds for everyone"


@dataclass(frozen=True, slots=True)
class InGroup:
    """`names` as written; `ids` for those that the file's `groups:` binds to an id."""

    names: tuple[str, ...]
    ids: Mapping[str, str] = field(default_factory=dict)

    def holds(self, facts: Facts) -> Evidence | None:
        found = tuple(str(group) for name in self.names if (group := self._group(name, facts)) is not None)
        return found or None

    def why_not(self, facts: Facts) -> str:
        shared = [name for name in self.names if name not in self.ids and facts.is_shared(fold(name))]
        if shared:
            return f"two groups are called {shared[0]}: bind the name to an id under `groups:`"
        return f"not in group {listed(self.names)}"

    def _group(self, name: str, facts: Facts) -> GroupFact | None:
        bound = self.ids.get(name)
        if bound is None:
            return facts.group(fold(name))
        found = facts.by_id.get(fold(bound))
        return GroupFact(name, bound, found.through) if found else None


@dataclass(frozen=True, slots=True)
class GroupLike:
    pattern: Pattern

    def holds(self, facts: Facts) -> Evidence | None:
        found = tuple(str(group) for group in facts.identity.groups if self.pattern.splits(fold(group.name)))
        return found or None

    def why_not(self, facts: Facts) -> str:
        return f"in no group like {self.pattern.text}"


@dataclass(frozen=True, slots=True)
class GroupRegex:
    expression: re.Pattern[str]

    def holds(self, facts: Facts) -> Evidence | None:
        found = tuple(str(group) for group in facts.identity.groups if self.expression.fullmatch(group.name))
        return found or None

    def why_not(self, facts: Facts) -> str:
        return f"in no group that fits {self.expression.pattern}"


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

    def holds(self, facts: Facts) -> Evidence | None:
        sent = tuple(value for value in facts.attributes.get(fold(self.name), ()) if value.strip())
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
        return f"{self.name} is {listed(sent, 'and')}, {self._wanted()}"

    def _fits(self, value: str) -> bool:
        folded = fold(value)
        return (
            (self.values is None or folded in {fold(one) for one in self.values})
            and (self.like is None or any(glob(one).fullmatch(folded) for one in self.like))
            and (self.before is None or ((day := _date(value)) is not None and day < self.before))
            and (self.after is None or ((day := _date(value)) is not None and day > self.after))
            and (self.at_least is None or ((number := _number(value)) is not None and number >= self.at_least))
        )

    def _wanted(self) -> str:
        if self.values is not None:
            return f"not {listed(self.values)}"
        if self.like is not None:
            return f"not like {listed(self.like)}"
        if self.present is False:
            return "but must not be sent"
        parts = [f"before {self.before}" if self.before else "", f"after {self.after}" if self.after else ""]
        parts.append(f"at least {self.at_least:g}" if self.at_least is not None else "")
        return f"not {' and '.join(part for part in parts if part)}"


@dataclass(frozen=True, slots=True)
class Email:
    addresses: tuple[str, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        if facts.email and any(glob(one).fullmatch(facts.email) for one in self.addresses):
            return (f"e-mail {facts.identity.email}",)
        return None

    def why_not(self, facts: Facts) -> str:
        return f"e-mail is {facts.identity.email or 'not sent'}, not {listed(self.addresses)}"


@dataclass(frozen=True, slots=True)
class EmailDomain:
    domains: tuple[str, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        domain = facts.email.rpartition("@")[2] if facts.email else None
        return (f"e-mail domain {domain}",) if domain in {fold(one) for one in self.domains} else None

    def why_not(self, facts: Facts) -> str:
        return f"e-mail is {facts.identity.email or 'not sent'}, not at {listed(self.domains)}"


@dataclass(frozen=True, slots=True)
class Source:
    sources: tuple[str, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        found = sorted(facts.identity.sources & set(self.sources))
        return tuple(f"told by the {one}" for one in found) or None

    def why_not(self, facts: Facts) -> str:
        return f"told by the {listed(sorted(facts.identity.sources), 'and')}, not by the {listed(self.sources)}"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        evidence: list[str] = []
        for part in self.parts:
            found = part.holds(facts)
            if found is None:
                return None
            evidence += found
        return tuple(evidence)

    def why_not(self, facts: Facts) -> str:
        return "; ".join(part.why_not(facts) for part in self.parts if part.holds(facts) is None)

    def misses(self, facts: Facts) -> int:
        """How many parts fail: what `explain` calls near."""
        return sum(part.holds(facts) is None for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        for part in self.parts:
            found = part.holds(facts)
            if found is not None:
                return found
        return None

    def why_not(self, facts: Facts) -> str:
        return " and ".join(part.why_not(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def holds(self, facts: Facts) -> Evidence | None:
        return (f"not so: {self.part.why_not(facts)}",) if self.part.holds(facts) is None else None

    def why_not(self, facts: Facts) -> str:
        return f"excluded by {listed(self.part.holds(facts) or (), 'and')}"


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
