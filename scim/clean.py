"""What a client wrote -> a clean resource: canonical names, right types, nothing unknown, nothing read-only.

Runs on plain dictionaries, because validating through models costs ten times the write itself (facts in
docs/decisions/0003). Doing it twice changes nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from math import isfinite
from typing import Any

from scim.dialects import Healing
from scim.errors import InvalidSyntax, InvalidValue, TooLarge
from scim.keys import fold
from scim.schemas import GROUPS, Attribute, Home, Kind, Schema, Shape, enterprise
from scim.search import moment

MOST_VALUES = 50_000  # of one attribute in one request; a group has no limit of its own
LONGEST_KEY = 2000  # bytes; PostgreSQL refuses longer index keys
_LARGEST = 2**53 - 1  # what JSON readers agree about
_MANAGER = enterprise.by_name["manager"]
_OURS = {"id", "meta", "schemas"}  # a client that sends back what it read is in order (RFC 7644 §3.5.1)
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}
_MISSING: Any = object()


def clean(data: Any, shape: Shape, healing: Healing) -> dict[str, Any]:
    """A resource of this shape; InvalidValue or InvalidSyntax where nothing can be made of it.

    A group's `members` stays a list of values to be resolved.
    """
    source = _object(data)
    resource: dict[str, Any] = {"schemas": [shape.core.id]}
    for key, value in source.items():
        _place(key, value, shape, resource, healing)
    _schemas(source, shape, healing)
    for extension in shape.extensions:
        if resource.get(extension.id):
            resource["schemas"].append(extension.id)
        else:
            resource.pop(extension.id, None)
    for schema in shape.schemas:
        _require(resource, schema, shape)
    return resource


def clean_members(value: Any, healing: Healing) -> list[str]:
    """The member values of a PATCH, in whatever shape they came; what names nobody must not read as "no members"."""
    attribute = GROUPS.core.by_name["members"]
    cleaned = clean_value(attribute, value, healing)
    if cleaned is not _MISSING:
        return member_values({attribute.name: cleaned})
    if value is None or value == []:
        return []
    raise InvalidValue("This names no member; to empty the group, send an empty list.")


def member_values(resource: Mapping[str, Any]) -> list[str]:
    """The values of a cleaned group's members."""
    return [item["value"] for item in resource.get("members") or ()]


def clean_value(attribute: Attribute, value: Any, healing: Healing) -> Any:
    """One attribute's value with the type it should have, or the `nothing` marker for none."""
    if value is None:
        healing.note("null-value", attribute.name)
        return _MISSING
    if attribute.many:
        return _list(attribute, value, healing)
    return _one(attribute, only(attribute, value, healing), healing)


def only(attribute: Attribute, value: Any, healing: Healing) -> Any:
    """The one value in a list of one, or the value itself; nobody can tell which of several is meant."""
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise InvalidValue(f"{attribute.name} has one value, not {len(value)}.")
    healing.note("list-for-single", attribute.name)
    return value[0] if value else None


def is_nothing(value: Any) -> bool:
    return value is _MISSING


def check_text(text: str, name: str) -> str:
    """Refuse what a database can't keep: NUL, lone surrogates."""
    if "\x00" in text:
        raise InvalidValue(f"{name} contains a NUL character.")
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{name} contains half of a surrogate pair.") from error
    return text


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    return data


def _place(key: str, value: Any, shape: Shape, resource: dict[str, Any], healing: Healing) -> None:
    """One key of the body: an attribute by any of its names, a whole extension, or ``name.givenName``."""
    lowered = key.lower()
    home = shape.keys.get(lowered)
    if home is not None:
        _into(home, key, value, resource, healing)
    elif (extension := shape.urns.get(lowered)) is not None:
        _extension(extension, value, shape, resource, healing)
    elif (dotted := _dotted(lowered, shape)) is not None:
        healing.note("dotted-key", key)
        _part(dotted, key, value, resource, healing)
    else:
        healing.note("unknown-attribute", key[:120])


def _into(home: Home, key: str, value: Any, resource: dict[str, Any], healing: Healing) -> None:
    attribute = home.attribute
    if home.healer is not None:
        healing.note(home.healer, key)
    elif attribute.name != key:
        healing.note("key-case", key)
    if attribute.name in _OURS:
        return
    if attribute.mutability == "readOnly":
        if value:
            healing.note("read-only", key)
        return
    if attribute.mutability == "writeOnly":
        healing.note("password-dropped")
        return
    cleaned = clean_value(attribute, value, healing)
    if cleaned is _MISSING or (attribute.name == "externalId" and cleaned == ""):
        return
    place = resource if home.urn is None else resource.setdefault(home.urn, {})
    place[attribute.name] = cleaned


def _extension(extension: Schema, value: Any, shape: Shape, resource: dict[str, Any], healing: Healing) -> None:
    """The object under an extension's URN."""
    if not isinstance(value, dict):
        healing.note("null-value" if value is None else "unknown-attribute", extension.id)
        return
    for key, inner in value.items():
        attribute = extension.by_name.get(str(key).lower())
        if attribute is not None:
            _into(Home(attribute, extension.id), key, inner, resource, healing)
        else:
            healing.note("unknown-attribute", f"{extension.name}.{key}"[:120])


def _dotted(lowered: str, shape: Shape) -> tuple[Home, Attribute] | None:
    """The part of an attribute that ``name.givenName`` names; a URN has dots of its own, so the last one counts."""
    head, dot, part = lowered.rpartition(".")
    home = shape.keys.get(head) if dot else None
    found = home.attribute.part(part) if home is not None else None
    return (home, found) if home is not None and found is not None else None


def _part(dotted: tuple[Home, Attribute], key: str, value: Any, resource: dict[str, Any], healing: Healing) -> None:
    home, part = dotted
    place = resource if home.urn is None else resource.get(home.urn, {})
    before = place.get(home.attribute.name)
    whole = {**(before if isinstance(before, dict) else {}), part.name: value}
    _into(Home(home.attribute, home.urn), home.attribute.name, whole, resource, healing)


def _list(attribute: Attribute, value: Any, healing: Healing) -> Any:
    if value == "":
        healing.note("empty-text", attribute.name)
        return _MISSING
    if isinstance(value, list) and len(value) > MOST_VALUES:
        hint = "; add the rest by further requests" if attribute.name == "members" else ""
        raise TooLarge(f"A request may give {attribute.name} {MOST_VALUES} values{hint}.")
    if not isinstance(value, list):
        healing.note("single-for-list", attribute.name)
        value = [value]
    cleaned: list[Any] = [one for item in value if (one := _one(attribute, item, healing)) is not _MISSING]
    primaries = [one for one in cleaned if isinstance(one, dict) and one.get("primary")]
    for extra in primaries[1:]:
        extra["primary"] = False
    return cleaned or _MISSING


def _one(attribute: Attribute, value: Any, healing: Healing) -> Any:
    if attribute.kind == "string" and isinstance(value, str):
        text = check_text(value, attribute.name)
        return _key_text(text, attribute.name) if attribute.indexed else text
    if value is None:
        healing.note("null-value", attribute.name)
        return _MISSING
    if value == "" and attribute.kind != "string":
        healing.note("manager-shape" if attribute is _MANAGER else "empty-text", attribute.name)
        return _MISSING
    return _BY_KIND[attribute.kind](attribute, value, healing)


def _complex(attribute: Attribute, value: Any, healing: Healing) -> Any:
    if not isinstance(value, dict):
        if isinstance(value, list | bool):
            raise InvalidValue(f"{attribute.name} must be an object.")
        healing.note("manager-shape" if attribute is _MANAGER else "single-for-list", attribute.name)
        value = {"value": value}
    cleaned: dict[str, Any] = {}
    parts = attribute.parts
    for key, inner in value.items():
        sub = parts.get(key.lower())
        if sub is None:
            healing.note("unknown-attribute", f"{attribute.name}.{key}")
        elif sub.mutability == "readOnly":
            healing.note("read-only", f"{attribute.name}.{key}")
        elif (item := clean_value(sub, inner, healing)) is not _MISSING:
            cleaned[sub.name] = item
    for sub in attribute.required_parts:
        if not cleaned.get(sub.name):
            raise InvalidValue(f"{attribute.name} needs a {sub.name}.")
    if attribute is _MANAGER and not cleaned.get("value"):
        return _MISSING
    return cleaned or _MISSING


def _boolean(attribute: Attribute, value: Any, healing: Healing) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE | _FALSE:
        healing.note("text-boolean", attribute.name)
        return word in _TRUE
    raise InvalidValue(f"{attribute.name} must be true or false, not {value!r:.60}.")


def _number(attribute: Attribute, value: Any, healing: Healing) -> int | float:
    if isinstance(value, str):
        healing.note("text-number", attribute.name)
        with suppress(ValueError):
            value = float(value) if any(sign in value for sign in ".eE") else int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST
    if whole or (attribute.kind == "decimal" and isinstance(value, float) and isfinite(value)):
        found: int | float = value
        return found
    raise InvalidValue(
        f"{attribute.name} must be a{'n integer' if attribute.kind == 'integer' else ' number'}, not {value!r:.60}."
    )


def _words(attribute: Attribute, value: Any, healing: Healing) -> str:
    """A text, a date, a reference or something binary."""
    text = _text(attribute, value, healing)
    if attribute.kind == "dateTime" and moment(text) is None:
        raise InvalidValue(f"{attribute.name} must be a date and time such as 2027-01-31T09:30:00Z, not {text!r:.60}.")
    return _key_text(text, attribute.name) if attribute.indexed else text


def _text(attribute: Attribute, value: Any, healing: Healing) -> str:
    if isinstance(value, str):
        return check_text(value, attribute.name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        healing.note("number-for-text", attribute.name)
        return str(value)
    raise InvalidValue(f"{attribute.name} must be text, not {type(value).__name__}.")


def _key_text(text: str, name: str) -> str:
    """Folding makes some letters up to three times as long."""
    if len(text) * 3 <= LONGEST_KEY and text.isascii():
        return text
    size = len(text.encode("utf-8"))
    if size > LONGEST_KEY or (size * 3 > LONGEST_KEY and len(fold(text).encode("utf-8")) > LONGEST_KEY):
        raise InvalidValue(f"{name} is longer than {LONGEST_KEY} bytes.")
    return text


def _schemas(source: Mapping[str, Any], shape: Shape, healing: Healing) -> None:
    urns = source.get("schemas")
    if not urns:
        healing.note("schemas-missing")
        return
    for urn in urns if isinstance(urns, list) else [urns]:
        if str(urn).lower() not in shape.urns:
            healing.note("unknown-schema", str(urn)[:120])


def _require(resource: Mapping[str, Any], schema: Schema, shape: Shape) -> None:
    """What a schema requires; an extension that isn't used requires nothing."""
    home = resource if schema is shape.core else resource.get(schema.id, {})
    for attribute in schema.required if home else ():
        if not str(home.get(attribute.name, "")).strip():
            raise InvalidValue(f"{attribute.name} is required.")


_BY_KIND: Mapping[Kind, Callable[[Attribute, Any, Healing], Any]] = {
    "complex": _complex,
    "boolean": _boolean,
    "integer": _number,
    "decimal": _number,
    "string": _words,
    "dateTime": _words,
    "reference": _words,
    "binary": _words,
}
