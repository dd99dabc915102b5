"""Immutable attributes keep the value they got first (RFC 7643 §7; RFC 7644 §3.5.1)."""

from collections.abc import Mapping
from typing import Any

from scim.errors import Mutability
from scim.schemas.shape import Shape


def refuse_changes(shape: Shape, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Mutability if a write changes what is set and immutable."""
    for home in shape.immutable:
        old, new = (side if home.urn is None else side.get(home.urn, {}) for side in (before, after))
        name = home.attribute.name
        if name in old and old.get(name) != new.get(name):
            raise Mutability(f"{name} is immutable and has a value already.")
