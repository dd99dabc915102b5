"""One identity, folded once for all conditions of a decision.

A name that two groups share proves nothing (rule R11). What grants must not rest on it; what takes away (`not`, a limit)
must not be escaped by it. So facts have two views, and `opposite` changes between them.
"""

import copy
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from mappings.identity import GroupFact, Identity
from mappings.words import fold, fold_id

Kind = Literal["group", "id", "attribute", "domain"]
Key = str | tuple[str, str]  # an attribute's is its name and a value; everything folded


class Facts:
    """`doubt_counts`: whether a group whose name another group shares counts as that group."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.doubt_counts = False
        self.email = fold(identity.email) if identity.email else None
        self.by_name: dict[str, GroupFact] = {}  # the first of a name
        self.by_id: dict[str, GroupFact] = {}
        self.shared: set[str] = set()  # folded names that more than one group has
        for group in identity.groups:
            name = fold(group.name)
            if group.twin or name in self.by_name:
                self.shared.add(name)
            self.by_name.setdefault(name, group)
            if group.id is not None:
                self.by_id.setdefault(fold_id(group.id), group)

    @cached_property
    def opposite(self) -> "Facts":
        """The same facts as `not` and limits must see them."""
        other = copy.copy(self)
        other.__dict__.pop("named", None)  # what depends on the view
        other.doubt_counts = not self.doubt_counts
        other.opposite = self
        return other

    @cached_property
    def named(self) -> tuple[GroupFact, ...]:
        """The groups that count by their name."""
        return tuple(group for group in self.identity.groups if self.doubt_counts or fold(group.name) not in self.shared)

    @cached_property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """Folded name -> the values that say something."""
        sent: dict[str, tuple[str, ...]] = {}
        for name, values in self.identity.attributes.items():
            found = tuple(value for value in values if value.strip())
            if found:
                sent[fold(name)] = sent.get(fold(name), ()) + found
        return sent

    def keys(self, kind: Kind) -> Iterable[Key]:
        """All that a rule may ask for by one exact word of this kind, as the index of rules has it."""
        if kind == "group":
            return self.by_name
        if kind == "id":
            return self.by_id
        if kind == "domain":
            return (self.domain,)
        return ((name, fold(value)) for name, values in self.attributes.items() for value in values)

    @cached_property
    def domain(self) -> str:
        """What stands behind the last @ of the address, folded; empty without one."""
        return self.email.rpartition("@")[2] if self.email and "@" in self.email else ""

    def group(self, name: str) -> GroupFact | None:
        """The group of a folded name, if that name counts."""
        return self.by_name.get(name) if self.doubt_counts or name not in self.shared else None
