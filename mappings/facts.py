"""One identity, folded once for all conditions of a decision.

A name that two groups share proves nothing (rule R11). What grants must not rest on it; what takes away (`not`, a limit)
must not be escaped by it. So facts have two views, and `opposite` changes between them.
"""

import copy
from functools import cached_property

from mappings.identity import GroupFact, Identity
from mappings.words import fold, fold_id


class Facts:
    """`doubt_counts`: whether a group whose name another group shares counts as that group."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.doubt_counts = False
        self.by_name: dict[str, list[GroupFact]] = {}
        self.by_id: dict[str, GroupFact] = {}
        for group in identity.groups:
            self.by_name.setdefault(fold(group.name), []).append(group)
            if group.id is not None:
                self.by_id.setdefault(fold_id(group.id), group)
        self.email = fold(identity.email) if identity.email else None

    @cached_property
    def opposite(self) -> "Facts":
        """The same facts as `not` and limits must see them."""
        other = copy.copy(self)
        other.__dict__.pop("named", None)  # what depends on the view
        other.doubt_counts = not self.doubt_counts
        other.opposite = self
        return other

    @cached_property
    def shared(self) -> frozenset[str]:
        """Folded names that more than one group has."""
        return frozenset(
            name for name, found in self.by_name.items() if len(found) > 1 or any(group.twin for group in found)
        )

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

    def group(self, name: str) -> GroupFact | None:
        """The group of a folded name, if that name counts."""
        if name not in self.by_name or (name in self.shared and not self.doubt_counts):
            return None
        return self.by_name[name][0]
