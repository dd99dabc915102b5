"""Conditions, compiled: each answers with the facts that made it hold, or with why it did not.

A condition is a value with three verbs: `holds(facts)` gives the evidence or None; `why_not(facts)` is a sentence for one
that does not hold, and `misses(facts)` how far it was from holding (a group that isn't there is further away than an
attribute that differs).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mappings.attributes import Attribute
from mappings.captures import Pattern
from mappings.facts import Facts
from mappings.identity import GroupFact
from mappings.words import fold, fold_id, glob_fits, listed

Evidence = tuple[str, ...]
_GROUP_MISS = 2


class Condition(Protocol):
    """What every condition can."""

    def holds(self, facts: Facts) -> Evidence | None:
        """The facts it rests on; None: it does not hold."""

    def why_not(self, facts: Facts) -> str:
        """A sentence, for one that does not hold."""

    def misses(self, facts: Facts) -> int:
        """How far it is from holding, for one that does not hold."""


@dataclass(frozen=True, slots=True)
class Everyone:
    def holds(self, facts: Facts) -> Evidence | None:
        return ("everyone",)

    def why_not(self, facts: Facts) -> str:
        return "it holds for everyone"

    def misses(self, facts: Facts) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One name of a `group`, folded once for all people: as written, folded, and the id it is bound to."""

    written: str
    name: str
    id: str | None

    def group(self, facts: Facts) -> GroupFact | None:
        """The group that is meant, called as the file calls it where an id is."""
        if self.id is None:
            return facts.group(self.name)
        found = facts.by_id.get(self.id)
        return GroupFact(self.written, found.id, found.through) if found else None


@dataclass(frozen=True, slots=True)
class InGroup:
    """`names` as written; `ids`: folded name -> id, for those that the file's `groups:` binds."""

    names: tuple[str, ...]
    ids: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[Asked, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        written: dict[str, str] = {}
        for name in self.names:
            written.setdefault(fold(name), name)
        ids = {name: fold_id(id) for name, id in self.ids.items()}
        object.__setattr__(self, "asked", tuple(Asked(written[name], name, ids.get(name)) for name in written))

    def holds(self, facts: Facts) -> Evidence | None:
        found: list[str] = []
        for asked in self.asked:
            group = asked.group(facts)
            if group is not None:
                found.append(str(group))
        return tuple(found) or None

    def why_not(self, facts: Facts) -> str:
        for asked in self.asked:
            if asked.id is None and asked.name in facts.shared:
                return f"two groups are called {asked.written}: bind the name to an id under `groups:`"
        return f"not in group {listed(self.names)}"

    def misses(self, facts: Facts) -> int:
        return _GROUP_MISS


@dataclass(frozen=True, slots=True)
class GroupLike:
    pattern: Pattern

    def fits(self, group: GroupFact) -> bool:
        return bool(self.pattern.splits(fold(group.name)))

    def holds(self, facts: Facts) -> Evidence | None:
        return tuple(str(group) for group in facts.named if self.fits(group)) or None

    def why_not(self, facts: Facts) -> str:
        return f"in no group like {self.pattern.text}"

    def misses(self, facts: Facts) -> int:
        return _GROUP_MISS


@dataclass(frozen=True, slots=True)
class GroupRegex:
    expression: re.Pattern[str]

    def fits(self, group: GroupFact) -> bool:
        return self.expression.fullmatch(unicodedata.normalize("NFC", group.name)) is not None

    def holds(self, facts: Facts) -> Evidence | None:
        return tuple(str(group) for group in facts.named if self.fits(group)) or None

    def why_not(self, facts: Facts) -> str:
        return f"in no group that fits {self.expression.pattern}"

    def misses(self, facts: Facts) -> int:
        return _GROUP_MISS


@dataclass(frozen=True, slots=True)
class Email:
    """`addresses`: addresses or globs."""

    addresses: tuple[str, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        if facts.email and any(glob_fits(one, facts.email) for one in self.addresses):
            return (f"e-mail {facts.identity.email}",)
        return None

    def why_not(self, facts: Facts) -> str:
        return f"e-mail is {facts.identity.email or 'not sent'}, not {listed(self.addresses)}"

    def misses(self, facts: Facts) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class EmailDomain:
    domains: tuple[str, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        found = facts.domain and any(fold(one) == facts.domain for one in self.domains)
        return (f"e-mail domain {facts.domain}",) if found else None

    def why_not(self, facts: Facts) -> str:
        return f"e-mail is {facts.identity.email or 'not sent'}, not at {listed(self.domains)}"

    def misses(self, facts: Facts) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Source:
    sources: tuple[str, ...]

    def holds(self, facts: Facts) -> Evidence | None:
        found = sorted(facts.identity.sources & set(self.sources))
        return tuple(f"told by the {one}" for one in found) or None

    def why_not(self, facts: Facts) -> str:
        return f"told by the {listed(sorted(facts.identity.sources), 'and')}, not by the {listed(self.sources)}"

    def misses(self, facts: Facts) -> int:
        return 1


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
        return sum(part.misses(facts) for part in self.parts if part.holds(facts) is None)


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

    def misses(self, facts: Facts) -> int:
        return min(part.misses(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def holds(self, facts: Facts) -> Evidence | None:
        if self.part.holds(facts.opposite) is not None:
            return None
        return (f"not so: {self.part.why_not(facts.opposite)}",)

    def why_not(self, facts: Facts) -> str:
        return f"excluded by {listed(self.part.holds(facts.opposite) or (), 'and')}"

    def misses(self, facts: Facts) -> int:
        return 1


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every condition on a fact, however deep."""
    if isinstance(condition, Not):
        yield from leaves(condition.part)
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def attribute_names(condition: Condition) -> set[str]:
    """The attributes a condition asks for."""
    return {leaf.name for leaf in leaves(condition) if isinstance(leaf, Attribute)}
