"""The operations of a PATCH (RFC 7644 §3.5.2) on plain dictionaries, applied in order to one resource.

The result is cleaned again by scim/clean.py, so that a PATCH can write nothing that a POST could not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scim.clean import clean
from scim.dialects import Healing
from scim.errors import InvalidPath
from scim.patch import elements, values
from scim.patch.message import Operation, targets
from scim.rfc import AttrPath, Target, ValuePath
from scim.schemas import Home, Schema, Shape


def apply(resource: dict[str, Any], ops: Sequence[Operation], shape: Shape, healing: Healing) -> dict[str, Any]:
    """A user after all operations; `resource` is changed, so give it one of your own.

    What was written in place of one plain value is clean by itself; after anything else the whole is cleaned again.
    """
    settled = True
    for op in ops:
        for node, value in targets(op, shape, healing):
            settled = at(resource, op.op, node, value, shape, healing) and settled
    return resource if settled else clean(resource, shape, healing)


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
        write = elements.of_objects if attribute.sub else elements.of_values
        write(place, attribute, op, node, value, healing)
    elif path.sub_attr is not None:
        values.inside(place, attribute, path.sub_attr, op, value, healing)
    else:
        values.whole(place, attribute, op, value, healing)
        plain = home.urn is None and not (attribute.many or attribute.sub or attribute.required)
        return plain and place.get(attribute.name) != ""  # an externalId without a letter is none
    return False


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
        if name.lower() in extension.by_name:  # whatever else stands there need not even be a name
            at(resource, op, AttrPath(attr=name, uri=extension.id), inner, shape, healing)
        else:
            healing.note("unknown-attribute", name[:120])
