"""Which column, which place in the search document or which rows elsewhere an attribute path of a filter means."""

from dataclasses import dataclass
from functools import lru_cache

from scim.filters.tests import Element, Kind, Linked, Own, Source, Stored, Term
from scim.rfc import AttrPath
from scim.schemas import Attribute, Home, Shape

_COLUMNS = {"id": "id", "externalid": "external_id", "username": "user_name_key", "displayname": "display_key"}
_META = {
    "created": Own("created", "milliseconds"),
    "lastmodified": Own("modified", "milliseconds"),
    "location": Own("location"),
    "version": Own("tag"),
    "resourcetype": Own("kind"),
}
_LINKED: dict[str, Linked] = {"groups": "groups", "members": "members"}
_KINDS: dict[str, Kind] = {"integer": "number", "decimal": "number"}
LONGEST_NAME = 1_000  # of an attribute with its URN


@dataclass(frozen=True, slots=True)
class Resolved:
    """One value: `term`; many: `source`, and `term` within each element. `attribute` is what is compared in the end."""

    attribute: Attribute
    term: Term
    source: Source | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class Whole:
    """A complex attribute: its parts, in the resource or in each element of `source`."""

    terms: tuple[Term, ...]
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that brackets choose from."""

    attribute: Attribute
    source: Source


def resolve(shape: Shape, path: AttrPath) -> Resolved | None:
    """What a path means; None for what no resource of this type has, or what is never shown."""
    if len(path.attr) + len(path.uri or "") + len(path.sub_attr or "") > LONGEST_NAME:
        return None  # no schema has such a name
    return _resolved(shape, path.uri, path.attr.lower(), (path.sub_attr or "").lower())


@lru_cache(maxsize=1024)
def _resolved(shape: Shape, uri: str | None, name: str, part: str) -> Resolved | None:
    """``urn:…:User.department``, with a dot after the schema, is read as if it were a colon."""
    if part and f"{uri}:{name}".lower() in shape.urns:
        uri, name, part = f"{uri}:{name}", part, ""
    home = shape.find(uri, name)
    if home is None or home.attribute.returned == "never":
        return None
    if not part:
        return _compared(home)
    inner = home.attribute.part(part)
    return _part(home, inner) if inner is not None else None


def element(attribute: Attribute, path: AttrPath) -> Resolved | None:
    """What a path means inside the brackets of a value path; a plain element is its own `value`."""
    if path.sub_attr is not None or path.uri is not None:
        return None
    if not attribute.sub:
        return Resolved(attribute, Element(None, _kind(attribute))) if path.attr.lower() == "value" else None
    inner = attribute.part(path.attr)
    return Resolved(inner, Element(inner.name.lower(), _kind(inner))) if inner is not None else None


def listed(shape: Shape, path: AttrPath) -> Listed | None:
    """The list that a value path looks into; None for what is none."""
    home = shape.find(path.uri, path.attr)
    if home is None or not home.attribute.many or path.sub_attr is not None or home.attribute.returned == "never":
        return None
    return Listed(home.attribute, _source(home))


def whole(shape: Shape, path: AttrPath) -> Whole | None:
    """The parts of a complex attribute that is named as a whole; None for any other path. Every resource has `meta`."""
    home = shape.find(path.uri, path.attr)
    if home is None or path.sub_attr is not None or home.attribute.kind != "complex" or home.attribute.returned == "never":
        return None
    if home.attribute.name == "meta":
        return Whole((Own("id"),))
    parts = tuple(_part(home, part) for part in home.attribute.sub)
    return Whole(tuple(part.term for part in parts), parts[0].source)


def _compared(home: Home) -> Resolved | None:
    """A whole attribute: of a complex one its `value` is compared (RFC 7644 §3.4.2.2); None where it has no such part."""
    attribute, name = home.attribute, home.attribute.name.lower()
    if attribute.kind == "complex":
        value = attribute.part("value")
        return _part(home, value) if value is not None else None
    if attribute.many:
        return Resolved(attribute, Element(None, _kind(attribute)), _source(home))
    if home.urn is None and name in _COLUMNS:
        return Resolved(attribute, Own(_COLUMNS[name]))
    if home.urn is None and name == "active":
        return Resolved(attribute, Own("active", "flag"))
    return Resolved(attribute, Stored((*_prefix(home), name), _kind(attribute)))


def _part(home: Home, inner: Attribute) -> Resolved:
    name, part = home.attribute.name.lower(), inner.name.lower()
    if name == "meta":
        return Resolved(inner, _META[part])
    if home.attribute.many:
        return Resolved(inner, Element(part, _kind(inner)), _source(home))
    return Resolved(inner, Stored((*_prefix(home), name, part), _kind(inner)))


def _source(home: Home) -> Source:
    name = home.attribute.name.lower()
    return _LINKED[name] if home.urn is None and name in _LINKED else (*_prefix(home), name)


def _prefix(home: Home) -> tuple[str, ...]:
    return () if home.urn is None else (home.urn.lower(),)


def _kind(attribute: Attribute) -> Kind:
    return _KINDS.get(attribute.kind, "text")
