"""What one operation writes at an attribute, or at one of its parts."""

from typing import Any

from scim.clean import clean_value, is_nothing, only
from scim.dialects import Healing
from scim.errors import InvalidValue
from scim.schemas import Attribute
from scim.search import folding


def whole(home: dict[str, Any], attribute: Attribute, op: str, value: Any, healing: Healing) -> None:
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


def inside(home: dict[str, Any], attribute: Attribute, sub: str, op: str, value: Any, healing: Healing) -> None:
    """A sub-attribute of a complex value, or of every element of a list."""
    known = writable(attribute, sub, healing)
    if known is None:
        return
    targets = home.get(attribute.name)
    if targets is None:
        targets = home[attribute.name] = [{}] if attribute.many else {}
    for target in targets if isinstance(targets, list) else [targets]:
        if isinstance(target, dict):
            put(target, known, op, value, healing)


def writable(attribute: Attribute, name: str, healing: Healing) -> Attribute | None:
    """A sub-attribute that a client may write; None, noted, for any other."""
    found = attribute.part(name)
    if found is None:
        healing.note("unknown-attribute", f"{attribute.name}.{name}")
    elif found.mutability == "readOnly":
        healing.read_only(f"{attribute.name}.{name}")
        return None
    return found


def put(target: dict[str, Any], attribute: Attribute, op: str, value: Any, healing: Healing) -> None:
    cleaned = None if op == "remove" else clean_value(attribute, value, healing)
    if cleaned is None or is_nothing(cleaned):
        target.pop(attribute.name, None)
    else:
        target[attribute.name] = cleaned


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


def _merged(attribute: Attribute, old: list[Any], new: list[Any]) -> list[Any]:
    """Add without repeating; a new primary takes the mark from the old one (§3.5.2.1)."""
    fold = folding(attribute)
    known = [fold(item) for item in old]
    added = [item for item in new if fold(item) not in known]
    if any(isinstance(item, dict) and item.get("primary") for item in added):
        old = [{**item, "primary": False} if isinstance(item, dict) and item.get("primary") else item for item in old]
    return old + added
