"""What follows from what: conditions compared by their structure alone, to find rules that can never hold or add nothing.

A condition becomes its ways of holding (a disjunction); each way is a set of atoms that all hold. An atom is a kind and the
members of which one must be met: being in one of these groups, having one of these values. Where that gets too long, nothing
is claimed.
"""

import itertools
from collections.abc import Hashable, Iterator

from mappings.attributes import Attribute
from mappings.conditions import (
    All,
    Any,
    Condition,
    Email,
    EmailDomain,
    Everyone,
    GroupLike,
    GroupRegex,
    InGroup,
    Not,
    Source,
)
from mappings.words import fold

MOST = 64  # ways of one condition

Kind = tuple[Hashable, ...]
Atom = tuple[Kind, frozenset[Hashable]]
Way = frozenset[Atom]

_ONE = frozenset({True})  # the members of an atom that is simply so
_DOMAIN: Kind = ("domain",)
_EMAIL: Kind = ("email",)


class TooMany(Exception):
    """A condition with more ways of holding than are worth comparing."""


def ways(condition: Condition) -> list[Way] | None:
    """Every way a condition can hold; [] if it never can; None if they are too many to say."""
    try:
        return _possible(_ways(condition))
    except TooMany:
        return None


def follows(way: Way, weaker: Way) -> bool:
    """Does whoever meets `way` meet `weaker`, too? `way` is as `everything` completes it."""
    return all(any(kind == other and members <= more for other, members in way) for kind, more in weaker)


def everything(way: Way) -> Way:
    """A way with what it says without saying so: an attribute with a value is sent, an address has its domain."""
    return way | frozenset(_implied(way))


def _ways(condition: Condition) -> list[Way]:
    if isinstance(condition, All):
        return _product([_ways(part) for part in condition.parts])
    if isinstance(condition, Any):
        return _joined([way for part in condition.parts for way in _ways(part)])
    if isinstance(condition, Not):
        return _product([_opposite(way) for way in _ways(condition.part)])
    return [_atoms(condition)]


def _product(choices: list[list[Way]]) -> list[Way]:
    """All of several conditions: one way of each."""
    found: list[Way] = [frozenset()]
    for ways_of_one in choices:
        if len(found) * len(ways_of_one) > MOST:
            raise TooMany
        found = [way | other for way, other in itertools.product(found, ways_of_one)]
    return found


def _joined(found: list[Way]) -> list[Way]:
    """Ways that ask for one member each of one kind are one: in this group or in that one."""
    single: dict[Kind, frozenset[Hashable]] = {}
    others: list[Way] = []
    for way in found:
        if len(way) == 1:
            ((kind, members),) = way
            single[kind] = single.get(kind, frozenset()) | members
        else:
            others.append(way)
    if len(others) > MOST:
        raise TooMany
    return [*others, *(frozenset({atom}) for atom in single.items())]


def _opposite(way: Way) -> list[Way]:
    """Not so: one of its atoms does not hold, and that is none of its members."""
    return [frozenset(_denied(kind, member) for member in members) for kind, members in way]


def _denied(kind: Kind, member: Hashable) -> Atom:
    if kind[0] == "not":
        return (kind[1], frozenset({kind[2]}))  # type: ignore[return-value]
    return (("not", kind, member), _ONE)


def _atoms(condition: Condition) -> Way:
    if isinstance(condition, Everyone):
        return frozenset()
    return frozenset({_atom(condition)})


def _atom(condition: Condition) -> Atom:  # noqa: PLR0911 (a table of kinds)
    match condition:
        case InGroup():
            return ("group",), frozenset((asked.name, asked.id) for asked in condition.asked)
        case GroupLike():
            return _like(condition)
        case GroupRegex():
            return ("regex", condition.expression.pattern), _ONE
        case Email():
            return _EMAIL, frozenset(map(fold, condition.addresses))
        case EmailDomain():
            return _DOMAIN, frozenset(map(fold, condition.domains))
        case Source():
            return ("source",), frozenset(condition.sources)
        case Attribute():
            return _attribute(condition)
    return (repr(condition),), _ONE


def _like(condition: GroupLike) -> Atom:
    pattern = condition.pattern
    if pattern.pieces and all(isinstance(piece, str) for piece in pattern.pieces):
        return ("group",), frozenset({("".join(map(str, pattern.pieces)), None)})
    words = tuple((name, pattern.words[name].key) for name in sorted(pattern.words))
    return ("like", fold(pattern.text), words), _ONE


def _attribute(test: Attribute) -> Atom:
    name = fold(test.name)
    if test.present is False:
        return ("not", ("sent", name), True), _ONE
    if test.values is not None:
        return ("value", name), frozenset(map(fold, test.values))
    others = (test.before, test.after, test.at_least)
    if any(one is not None for one in others):
        return ("test", name, tuple(map(fold, test.like or ())), *others), _ONE
    if test.like is not None:
        return ("like value", name), frozenset(map(fold, test.like))
    return ("sent", name), _ONE


def _implied(way: Way) -> Iterator[Atom]:
    for kind, members in way:
        if kind[0] in {"value", "test", "like value"}:
            yield ("sent", kind[1]), _ONE
        elif kind == _EMAIL:
            domains = [_domain(str(address)) for address in members]
            if None not in domains:
                yield _DOMAIN, frozenset(domains)


def _domain(address: str) -> str | None:
    """The domain that an address or a glob can only have; None if it may have others."""
    _, at, domain = address.rpartition("@")
    return domain if at and "*" not in domain else None


def _possible(found: list[Way]) -> list[Way]:
    return [way for way in found if not _contradicts(everything(way))]


def _contradicts(way: Way) -> bool:
    """Each thing that is asked for is excluded, or one address would have to be two."""
    excluded = {(kind[1], kind[2]) for kind, _ in way if kind[0] == "not"}
    if excluded and any(all((kind, member) in excluded for member in members) for kind, members in way):
        return True
    return any(not _shared(way, kind) for kind in (_DOMAIN, _EMAIL))


def _shared(way: Way, kind: Kind) -> bool:
    """Can one value meet all atoms of a kind of which a person has one? A glob may stand for any."""
    asked = [members for other, members in way if other == kind]
    if len(asked) < 2 or any("*" in str(member) for members in asked for member in members):
        return True
    return bool(frozenset.intersection(*asked))
