"""`attributes` and `excludedAttributes` (RFC 7644 §3.9), and what a schema says of an attribute's being returned.

What costs a look elsewhere (a group's members, a user's groups) is asked for by `wants`, so that it is only read then.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from scim.rfc import REMEMBERED
from scim.schemas import Shape

Path = tuple[str, ...]
ALWAYS = frozenset({("schemas",), ("id",)})


@dataclass(frozen=True, slots=True)
class Projection:
    """Paths of folded names, such as ``("emails", "value")``; `chosen` None: the default set."""

    chosen: frozenset[Path] | None
    left_out: frozenset[Path]

    def wants(self, name: str) -> bool:
        """Whether an attribute of the resource's own, or a part of it, is to be answered."""
        if self.chosen is not None:
            return any(path[0] == name for path in self.chosen)
        return (name,) not in self.left_out

    def changes(self, spliced: str) -> bool:
        """Whether stored bytes have to be opened; what is spliced in costs nothing to leave out."""
        return self.chosen is not None or bool(self.left_out - {(spliced,)})

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]:
        """The resource as asked for."""
        if self.chosen is not None:
            resource = _kept(resource, self.chosen)
        return _without(resource, self.left_out) if self.left_out else resource

    def applied(self, body: bytes) -> bytes:
        return orjson.dumps(self.apply(orjson.loads(body)))


def projection(shape: Shape, attributes: str, excluded: str) -> Projection:
    """Of the two parameters' texts ("" if not given); `attributes` goes before (they exclude each other).

    Ids and schemas are always returned; `request` only by name, `never` in no way.
    """
    small = len(attributes) + len(excluded) <= REMEMBERED
    return _known(shape, attributes, excluded) if small else _projection(shape, attributes, excluded)


def _projection(shape: Shape, attributes: str, excluded: str) -> Projection:
    never = frozenset(_path(home.urn, home.attribute.name) for home in shape.hidden if home.attribute.returned == "never")
    if attributes.strip():
        return Projection(frozenset(_paths(shape, attributes)) | ALWAYS, never)
    hidden = frozenset(_path(home.urn, home.attribute.name) for home in shape.hidden)
    return Projection(None, (frozenset(_paths(shape, excluded)) - ALWAYS) | hidden)


def _paths(shape: Shape, text: str) -> list[Path]:
    return [path for name in text.split(",") for path in _named(shape, name.strip().lower().partition("[")[0])]


def _named(shape: Shape, name: str) -> list[Path]:
    """A name as clients write it: with or without URN, with or without a part; a schema's URN means all of it that needs
    no name of its own.
    """
    schema = shape.urns.get(name)
    if schema is not None:
        urn = None if schema is shape.core else schema.id
        return [_path(urn, one.name) for one in schema.attributes if one.returned != "request"]
    home = shape.keys.get(name)
    if home is not None:
        return [_path(home.urn, home.attribute.name)]
    head, dot, part = name.rpartition(".")
    home = shape.keys.get(head) if dot else None
    known = home is not None and home.attribute.part(part) is not None
    return [(*_path(home.urn, home.attribute.name), part)] if home is not None and known else []


def _path(urn: str | None, name: str) -> Path:
    return (name.lower(),) if urn is None else (urn.lower(), name.lower())


def _kept(value: Any, paths: Collection[Path]) -> Any:
    """Only these paths; what has nothing left is left out, for it would say "empty" where more is stored."""
    if isinstance(value, list):
        return [kept for item in value if isinstance(item, Mapping) and (kept := _kept(item, paths))]
    kept = {}
    for key, inner in value.items():
        below = [path[1:] for path in paths if path[0] == key.lower()]
        if () in below:
            kept[key] = inner
        elif below and isinstance(inner, Mapping | list) and (found := _kept(inner, below)):
            kept[key] = found
    return kept


def _without(value: Any, paths: Collection[Path]) -> Any:
    """All but these paths, and nothing that they leave empty."""
    if isinstance(value, list):
        return [kept for item in value if (kept := _without(item, paths) if isinstance(item, Mapping) else item) != {}]
    left = {}
    for key, inner in value.items():
        below = [path[1:] for path in paths if path[0] == key.lower()]
        if () in below:
            continue
        found = _without(inner, below) if below and isinstance(inner, Mapping | list) else inner
        if found or found is inner:
            left[key] = found
    return left


_known = lru_cache(maxsize=1024)(_projection)
