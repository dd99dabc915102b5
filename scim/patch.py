"""PATCH (RFC 7644 §3.5.2) on plain dictionaries: the operations of one message, applied in order to one user.

The result is cleaned again by scim/clean.py, so that a PATCH can write nothing that a POST could not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scim.clean import clean, clean_value, is_nothing, only
from scim.dialects import Healing
from scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget
from scim.match import matches
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Target, ValuePath, parse_path
from scim.schemas import Attribute, Home, Schema, Shape
from scim.search import folding

OPERATIONS = 1000
_MESSAGE_KEYS = {"schemas", "operations"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` None: the keys of `value` are the paths."""

    op: Literal["add", "replace", "remove"]
    path: str | None
    value: Any


def operations(message: Any, healing: Healing) -> list[Operation]:
    """The operations of a PatchOp message."""
    if not isinstance(message, Mapping):
        raise InvalidSyntax("A PATCH body must be a JSON object.")
    folded = {str(key).lower(): value for key, value in message.items()}
    if "schemas" not in folded:
        healing.note("patch-no-schemas")
    if extra := set(folded) - _MESSAGE_KEYS:
        healing.note("patch-extra-key", ", ".join(sorted(extra))[:80])
    found = folded.get("operations")
    if not isinstance(found, list) or not found:
        raise InvalidSyntax("A PATCH needs a list of Operations.")
    if len(found) > OPERATIONS:
        raise InvalidSyntax(f"A PATCH may have {OPERATIONS} operations.")
    return [_operation(one, healing) for one in found]


def apply(resource: dict[str, Any], ops: Sequence[Operation], shape: Shape, healing: Healing) -> dict[str, Any]:
    """A user after all operations; `resource` is changed, so give it one of your own.

    What was written in place of one plain value is clean by itself; after anything else the whole is cleaned again.
    """
    settled = True
    for op in ops:
        for node, value in targets(op, shape, healing):
            settled = at(resource, op.op, node, value, shape, healing) and settled
    return resource if settled else clean(resource, shape, healing)


def targets(op: Operation, shape: Shape, healing: Healing) -> Iterator[tuple[Target, Any]]:
    """Where an operation writes what: at its path, or at each key of its value."""
    if op.path is not None:
        yield parse_path(op.path), op.value
        return
    if not isinstance(op.value, Mapping):
        raise InvalidValue("Without a path the value must be an object.")
    healing.note("pathless-patch")
    for key, value in op.value.items():
        node = _key_path(key, shape, healing)
        if node is not None:
            yield node, value


def at(resource: dict[str, Any], op: str, node: Target, value: Any, shape: Shape, healing: Healing) -> bool:
    """One value written (or removed) at one path of a resource; True if that leaves a clean resource."""
    path = _canonical(node.attr_path if isinstance(node, ValuePath) else node, shape)
    extension = shape.urns.get(f"{path.uri}:{path.attr}".lower()) if path.uri else None
    if extension is not None and extension is not shape.core:
        _whole_extension(resource, op, extension, value, shape, healing)
        return False
    home = _home(path, healing, shape)
    if home is None:
        return True
    attribute = home.attribute
    place = resource if home.urn is None else resource.setdefault(home.urn, {})
    if isinstance(node, ValuePath):
        if not attribute.many:
            raise InvalidPath(f"{attribute.name} has no elements to choose from.")
        (_elements if attribute.sub else _plain_elements)(place, attribute, op, node, value, healing)
    elif path.sub_attr is not None:
        _inside(place, attribute, path.sub_attr, op, value, healing)
    else:
        _whole(place, attribute, op, value, healing)
        plain = home.urn is None and not (attribute.many or attribute.sub or attribute.required)
        return plain and place.get(attribute.name) != ""  # an externalId without a letter is none
    return False


def _operation(item: Any, healing: Healing) -> Operation:
    if not isinstance(item, Mapping):
        raise InvalidSyntax("An operation must be an object.")
    folded = {str(key).lower(): value for key, value in item.items()}
    if extra := set(folded) - {"op", "path", "value"}:
        healing.note("patch-extra-key", ", ".join(sorted(extra))[:80])
    op = folded.get("op")
    if not isinstance(op, str) or op.lower() not in {"add", "replace", "remove"}:
        raise InvalidSyntax(f"op must be add, replace or remove, not {op!r:.40}.")
    if op != op.lower():
        healing.note("capital-op")
    path = folded.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("A path must be text.")
    if op.lower() == "remove" and not path:
        raise NoTarget("A remove needs a path.")
    if op.lower() != "remove" and "value" not in folded:
        raise InvalidValue(f"A {op.lower()} needs a value.")
    return Operation(op.lower(), path.strip() if path else None, folded.get("value"))  # type: ignore[arg-type]


def _key_path(key: str, shape: Shape, healing: Healing) -> Target | None:
    """The path that a key of a path-less value is; None for one that can be no attribute of ours."""
    if key.lower().startswith("urn:"):
        if key.lower() not in shape.urns:
            healing.note("urn-key", key[:120])
    elif "." in key:
        healing.note("dotted-key", key[:120])
    try:
        return parse_path(key)
    except InvalidPath:
        healing.note("unknown-attribute", key[:120])
        return None


def _canonical(path: AttrPath, shape: Shape) -> AttrPath:
    """``urn:…:User.department``, with a dot after the schema, is read as if it were a colon."""
    if path.sub_attr is None or f"{path.uri}:{path.attr}".lower() not in shape.urns:
        return path
    return AttrPath(uri=f"{path.uri}:{path.attr}", attr=path.sub_attr)


def _home(path: AttrPath, healing: Healing, shape: Shape) -> Home | None:
    """Where an attribute lives; None, noted, for what can't be written."""
    home = shape.find(path.uri, path.attr)
    if home is None:
        healing.note("unknown-attribute", path.attr)
        return None
    mutability = home.attribute.mutability
    if mutability == "readOnly" or home.attribute.name == "schemas":
        healing.read_only(path.attr)
        return None
    if mutability == "writeOnly":
        healing.note("password-dropped")
        return None
    if home.healer == "top-level-enterprise":
        healing.note(home.healer, path.attr)
    return home


def _whole_extension(
    resource: dict[str, Any], op: str, extension: Schema, value: Any, shape: Shape, healing: Healing
) -> None:
    if op == "remove":
        resource.pop(extension.id, None)
        return
    for name, inner in value.items() if isinstance(value, Mapping) else ():
        at(resource, op, AttrPath(attr=name, uri=extension.id), inner, shape, healing)


def _whole(home: dict[str, Any], attribute: Attribute, op: str, value: Any, healing: Healing) -> None:
    if op == "remove":
        _remove(home, attribute, value, healing)
        return
    if attribute.sub and not attribute.many:
        _object(home, attribute, only(attribute, value, healing), healing)
        return
    cleaned = clean_value(attribute, value, healing)
    if is_nothing(cleaned):
        if op == "replace" or not attribute.many:
            home.pop(attribute.name, None)
    elif op == "add" and attribute.many:
        home[attribute.name] = _merged(attribute, home.get(attribute.name) or [], cleaned)
    else:
        home[attribute.name] = cleaned


def _object(home: dict[str, Any], attribute: Attribute, value: Any, healing: Healing) -> None:
    """The parts that an object names are written, or go if they are null; the others stay (§3.5.2.1, §3.5.2.3)."""
    cleaned = clean_value(attribute, value, healing)
    written: dict[str, Any] = {} if is_nothing(cleaned) else cleaned
    if not written and not isinstance(value, dict):
        home.pop(attribute.name, None)
        return
    parts = [attribute.part(key) for key in value] if isinstance(value, dict) else []
    named = {part.name for part in parts if part is not None and part.mutability != "readOnly"}
    kept = {name: part for name, part in (home.get(attribute.name) or {}).items() if name not in named}
    home[attribute.name] = kept | written


def _remove(home: dict[str, Any], attribute: Attribute, value: Any, healing: Healing) -> None:
    """All of it; but with values in the body, as Entra and JumpCloud send them, only the elements that these describe."""
    if value is None or not attribute.many:
        home.pop(attribute.name, None)
        return
    healing.note("remove-by-value", attribute.name)
    cleaned = clean_value(attribute, value, healing)
    if is_nothing(cleaned):
        raise InvalidValue(f"An empty value removes nothing; to remove all {attribute.name}, send no value.")
    fold = folding(attribute)
    gone = [fold(one) for one in cleaned]
    home[attribute.name] = [
        item for item in home.get(attribute.name) or () if not any(_described(fold(item), one) for one in gone)
    ]


def _described(item: Any, by: Any) -> bool:
    if isinstance(item, dict) and isinstance(by, dict):
        return all(item.get(name) == part for name, part in by.items())
    return bool(item == by)


def _inside(home: dict[str, Any], attribute: Attribute, sub: str, op: str, value: Any, healing: Healing) -> None:
    """A sub-attribute of a complex value, or of every element of a list."""
    known = _writable(attribute, sub, healing)
    if known is None:
        return
    targets = home.get(attribute.name)
    if targets is None:
        targets = home[attribute.name] = [{}] if attribute.many else {}
    for target in targets if isinstance(targets, list) else [targets]:
        if isinstance(target, dict):
            _set(target, known, op, value, healing)


def _elements(home: dict[str, Any], attribute: Attribute, op: str, node: ValuePath, value: Any, healing: Healing) -> None:
    """The elements that a value filter selects; one that is missing is made, as Entra expects."""
    items: list[Any] = home.setdefault(attribute.name, [])
    chosen = [item for item in items if isinstance(item, dict) and matches(node.val_filter, item, attribute)]
    if op == "remove" and node.sub_attr is None:
        home[attribute.name] = [item for item in items if item not in chosen]
        return
    known = _writable(attribute, node.sub_attr, healing) if node.sub_attr else None
    if node.sub_attr and known is None:
        return
    made = None
    if not chosen:
        if op == "remove":
            return
        made = _from_filter(node.val_filter, attribute)
        if made is None:
            raise NoTarget("No element of the attribute fits the path's filter.")
        healing.note("missing-element")
        items.append(made)
        chosen = [made]
    for item in chosen:
        if known is None:
            whole = only(attribute, value, healing)
            item.update(whole if isinstance(whole, Mapping) else {"value": whole})
        else:
            _set(item, known, op, value, healing)
    if made is not None and not matches(node.val_filter, made, attribute):
        raise NoTarget("No element fits the path's filter, and one with this value wouldn't, either.")
    _one_primary(items, chosen)


def _plain_elements(
    home: dict[str, Any], attribute: Attribute, op: str, node: ValuePath, value: Any, healing: Healing
) -> None:
    """The same in a list of plain values: they go, or another value takes their place."""
    if node.sub_attr is not None:
        raise InvalidPath(f"{attribute.name} has no parts.")
    items = home.get(attribute.name) or []
    chosen = [matches(node.val_filter, item, attribute) for item in items]
    if op != "remove" and not any(chosen):
        raise NoTarget("No element of the attribute fits the path's filter.")
    cleaned = [] if op == "remove" else clean_value(attribute, [only(attribute, value, healing)], healing)
    written = [] if is_nothing(cleaned) else cleaned
    home[attribute.name] = [one for item, fits in zip(items, chosen, strict=True) for one in (written if fits else [item])]


def _writable(attribute: Attribute, name: str, healing: Healing) -> Attribute | None:
    """A sub-attribute that a client may write; None, noted, for any other."""
    found = attribute.part(name)
    if found is None:
        healing.note("unknown-attribute", f"{attribute.name}.{name}")
    elif found.mutability == "readOnly":
        healing.read_only(f"{attribute.name}.{name}")
        return None
    return found


def _one_primary(items: list[Any], changed: list[Any]) -> None:
    """An element that becomes the primary one takes the mark from the others (RFC 7643 §2.4)."""
    if not any(item.get("primary") is True for item in changed):
        return
    for item in items:
        if isinstance(item, dict) and item.get("primary") and not any(item is one for one in changed):
            item["primary"] = False


def _set(target: dict[str, Any], attribute: Attribute, op: str, value: Any, healing: Healing) -> None:
    cleaned = None if op == "remove" else clean_value(attribute, value, healing)
    if cleaned is None or is_nothing(cleaned):
        target.pop(attribute.name, None)
    else:
        target[attribute.name] = cleaned


def _merged(attribute: Attribute, old: list[Any], new: list[Any]) -> list[Any]:
    """Add without repeating; a new primary takes the mark from the old one (§3.5.2.1)."""
    fold = folding(attribute)
    known = [fold(item) for item in old]
    added = [item for item in new if fold(item) not in known]
    if any(isinstance(item, dict) and item.get("primary") for item in added):
        old = [{**item, "primary": False} if isinstance(item, dict) and item.get("primary") else item for item in old]
    return old + added


def _from_filter(node: FilterNode, attribute: Attribute) -> dict[str, Any] | None:
    """The element that `type eq "work"` (and the like, joined by `and`) describes; None for any other filter."""
    if isinstance(node, Comparison) and node.op.value == "eq" and node.attr_path.sub_attr is None:
        part = attribute.part(node.attr_path.attr)
        return {part.name: node.value} if part is not None else None
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        parts = [_from_filter(term, attribute) for term in node.terms]
        if all(part is not None for part in parts):
            return {key: value for part in parts if part for key, value in part.items()}
    return None
