"""What a client wrote -> a clean resource: canonical names, right types, nothing unknown, nothing read-only.

Runs on plain dictionaries, because validating through models costs ten times the write itself (facts in
docs/decisions/0003). Doing it twice changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from scim.dialects import Healing
from scim.errors import InvalidSyntax, InvalidValue
from scim.keys import fold
from scim.schemas import COMMON, ENTERPRISE, GROUP, USER, Attribute, Schema, enterprise, group, user

LONGEST_KEY = 2000  # bytes; PostgreSQL refuses longer index keys
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}
_MISSING: Any = object()


def clean_user(data: Any, healing: Healing) -> dict[str, Any]:
    """A User with its enterprise extension; InvalidValue or InvalidSyntax where nothing can be made of it."""
    source = _object(data)
    resource: dict[str, Any] = {"schemas": [USER]}
    extension: dict[str, Any] = {}
    for key, value in source.items():
        _place(key, value, resource, extension, healing)
    _schemas(source, {USER, ENTERPRISE}, healing)
    if extension:
        resource["schemas"] = [USER, ENTERPRISE]
        resource[ENTERPRISE] = extension
    _require(resource, "userName")
    return resource


def clean_group(data: Any, healing: Healing) -> dict[str, Any]:
    """A Group; `members` stays a list of values to be resolved."""
    source = _object(data)
    resource: dict[str, Any] = {"schemas": [GROUP]}
    for key, value in source.items():
        name = key.removeprefix(GROUP + ":") if key.startswith(GROUP) else key
        _core(name, value, group, resource, healing)
    _schemas(source, {GROUP}, healing)
    _require(resource, "displayName")
    return resource


def clean_members(value: Any, healing: Healing) -> list[str]:
    """The member values of a PATCH, in whatever shape they came; what names nobody must not read as "no members"."""
    attribute = group.by_name["members"]
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
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{name} contains half of a surrogate pair.") from error
    return text


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidSyntax("The body must be a JSON object.")
    return data


def _place(key: str, value: Any, resource: dict[str, Any], extension: dict[str, Any], healing: Healing) -> None:
    lowered = key.lower()
    if lowered == ENTERPRISE.lower():
        if isinstance(value, Mapping):
            for name, inner in value.items():
                _set(name, inner, enterprise, extension, healing)
        return
    if lowered.startswith(ENTERPRISE.lower() + ":"):
        healing.note("urn-key", key)
        _set(key[len(ENTERPRISE) + 1 :], value, enterprise, extension, healing)
        return
    if lowered.startswith(USER.lower() + ":"):
        healing.note("urn-key", key)
        key = key[len(USER) + 1 :]
    if lowered in enterprise.by_name:
        healing.note("top-level-enterprise", key)
        _set(key, value, enterprise, extension, healing)
        return
    _core(key, value, user, resource, healing)


def _core(key: str, value: Any, schema: Schema, resource: dict[str, Any], healing: Healing) -> None:
    head, dot, rest = key.partition(".")
    if dot and head.lower() in schema.by_name:
        healing.note("dotted-key", key)
        parent = resource.get(schema.by_name[head.lower()].name)
        value = {**(parent if isinstance(parent, dict) else {}), rest: value}
        key = head
    if key.lower() == "externalid":
        if value is None or value == "":
            healing.note("null-value", key)
        else:
            resource["externalId"] = _key_text(_text(COMMON["externalid"], value, healing), "externalId")
        return
    if key.lower() in COMMON:
        return
    _set(key, value, schema, resource, healing)


def _set(key: str, value: Any, schema: Schema, resource: dict[str, Any], healing: Healing) -> None:
    attribute = schema.by_name.get(key.lower())
    if attribute is None:
        healing.note("unknown-attribute", key)
        return
    if attribute.name != key:
        healing.note("key-case", key)
    if attribute.mutability == "readOnly":
        if value:
            healing.note("read-only", key)
        return
    if attribute.mutability == "writeOnly":
        healing.note("password-dropped")
        return
    cleaned = clean_value(attribute, value, healing)
    if cleaned is not _MISSING:
        resource[attribute.name] = cleaned


def _list(attribute: Attribute, value: Any, healing: Healing) -> Any:
    if value == "":
        healing.note("empty-text", attribute.name)
        return _MISSING
    if not isinstance(value, list):
        healing.note("single-for-list", attribute.name)
        value = [value]
    cleaned: list[Any] = [one for item in value if (one := _one(attribute, item, healing)) is not _MISSING]
    primaries = [one for one in cleaned if isinstance(one, dict) and one.get("primary")]
    for extra in primaries[1:]:
        extra["primary"] = False
    return cleaned or _MISSING


def _one(attribute: Attribute, value: Any, healing: Healing) -> Any:
    if value is None:
        healing.note("null-value", attribute.name)
        return _MISSING
    if value == "" and attribute.kind != "string":
        healing.note("manager-shape" if attribute.name == "manager" else "empty-text", attribute.name)
        return _MISSING
    if attribute.kind == "complex":
        return _complex(attribute, value, healing)
    if attribute.kind == "boolean":
        return _boolean(attribute, value, healing)
    text = _text(attribute, value, healing)
    return _key_text(text, attribute.name) if attribute.indexed else text


def _complex(attribute: Attribute, value: Any, healing: Healing) -> Any:
    if not isinstance(value, Mapping):
        if isinstance(value, list | bool):
            raise InvalidValue(f"{attribute.name} must be an object.")
        healing.note("manager-shape" if attribute.name == "manager" else "single-for-list", attribute.name)
        value = {"value": value}
    known = {sub.name.lower(): sub for sub in attribute.sub}
    cleaned: dict[str, Any] = {}
    for key, inner in value.items():
        sub = known.get(key.lower())
        if sub is None:
            healing.note("unknown-attribute", f"{attribute.name}.{key}")
        elif sub.mutability == "readOnly":
            healing.note("read-only", f"{attribute.name}.{key}")
        elif (item := clean_value(sub, inner, healing)) is not _MISSING:
            cleaned[sub.name] = item
    for sub in attribute.sub:
        if sub.required and not cleaned.get(sub.name):
            raise InvalidValue(f"{attribute.name} needs a {sub.name}.")
    if attribute.name == "manager" and not cleaned.get("value"):
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


def _text(attribute: Attribute, value: Any, healing: Healing) -> str:
    if isinstance(value, str):
        return check_text(value, attribute.name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        healing.note("number-for-text", attribute.name)
        return str(value)
    raise InvalidValue(f"{attribute.name} must be text, not {type(value).__name__}.")


def _key_text(text: str, name: str) -> str:
    """Folding makes some letters up to three times as long."""
    size = len(text.encode("utf-8"))
    if size > LONGEST_KEY or (size * 3 > LONGEST_KEY and len(fold(text).encode("utf-8")) > LONGEST_KEY):
        raise InvalidValue(f"{name} is longer than {LONGEST_KEY} bytes.")
    return text


def _schemas(source: Mapping[str, Any], known: set[str], healing: Healing) -> None:
    urns = source.get("schemas")
    if not urns:
        healing.note("schemas-missing")
        return
    for urn in urns if isinstance(urns, list) else [urns]:
        if urn not in known:
            healing.note("unknown-schema", str(urn)[:120])


def _require(resource: Mapping[str, Any], name: str) -> None:
    if not str(resource.get(name) or "").strip():
        raise InvalidValue(f"{name} is required.")
