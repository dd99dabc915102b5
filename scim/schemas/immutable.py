"""Immutable attributes keep the value they got first (RFC 7643 §7; RFC 7644 §3.5.1)."""

from collections.abc import Mapping
from typing import Any

from scim.errors import Mutability
from scim.schemas.shape import Shape


def with_first_values(shape: Shape, before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT gives, and the immutable values that it leaves out: only another value is one that doesn't match."""
    whole = dict(given)
    for home in shape.immutable:
        old, name = before if home.urn is None else before.get(home.urn, {}), home.attribute.name
        if name not in old:
            continue
        if home.urn is None:
            whole.setdefault(name, old[name])
        else:
            whole[home.urn] = {name: old[name], **whole.get(home.urn, {})}
            whole["schemas"] = list(dict.fromkeys((*whole["schemas"], home.urn)))
    return whole


def refuse_changes(shape: Shape, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Mutability if a write changes what is set and immutable."""
    for home in shape.immutable:
        old, new = (side if home.urn is None else side.get(home.urn, {}) for side in (before, after))
        name = home.attribute.name
        if name in old and old.get(name) != new.get(name):
            raise Mutability(f"{name} is immutable and has a value already.")
