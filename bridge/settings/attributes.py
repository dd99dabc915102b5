"""What stands under `attributes:` of a connection: each expression is tried before anything serves.

A path that no schema knows is a warning: what a schema doesn't know is not kept, so it is never sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappings.expressions import BadExpression, expression
from mappings.located import Path, Severity, did_you_mean
from mappings.words import listed
from scim.errors import InvalidPath
from scim.rfc import AttrPath, FilterNode, LogicalExpr, Not, ValuePath, parse_path
from scim.schemas import Attribute, Shape

_EXAMPLES = 'write one such as name.givenName, emails[type eq "work"].value, or a URN with an attribute'


@dataclass(frozen=True, slots=True)
class Mistake:
    """`path` is that of the text in the file, `part` what of it is wrong."""

    path: Path
    part: str
    message: str
    hint: str | None
    severity: Severity = "error"


def mistakes(attributes: Any, users: Shape) -> Iterator[Mistake]:
    """Every mistake in the expressions of an `attributes` map; what has no sound shape is told elsewhere."""
    for name, kinds in attributes.items() if isinstance(attributes, Mapping) else ():
        for kind in ("scim", "saml"):
            written = kinds.get(kind) if isinstance(kinds, Mapping) else None
            many = isinstance(written, list)
            for at, text in enumerate(written if isinstance(written, list) else [written]):
                if isinstance(text, str):
                    yield from _of_text(text, (name, kind, at) if many else (name, kind), users if kind == "scim" else None)


def _of_text(text: str, path: Path, users: Shape | None) -> Iterator[Mistake]:
    try:
        names = list(expression(text).names)
    except BadExpression as error:
        yield Mistake(path, error.part, error.message, error.hint)
        return
    for name in names if users is not None else ():
        part = name if name == text.strip() else f"{{{name}}}"
        try:
            target = parse_path(name)
        except InvalidPath:
            yield Mistake(path, part, f"{name} is no SCIM attribute path", _EXAMPLES)
        else:
            found = _unknown(target, users) if users is not None else None
            if found is not None:
                yield Mistake(path, part, *found, severity="warning")


def _unknown(target: AttrPath | ValuePath, users: Shape) -> tuple[str, str | None] | None:
    """Why nobody will ever send this, and what was probably meant."""
    path = target.attr_path if isinstance(target, ValuePath) else target
    home = users.find(path.uri, path.attr)
    if home is None:
        names = sorted({one.attribute.name for one in users.homes})
        return f"users have no attribute {path.attr}, so this is never sent", _near(path.attr, names, users)
    if home.urn is not None and path.uri is None:
        return f"{home.attribute.name} stands in an extension", f"write {home.urn}:{home.attribute.name}"
    asked = [target.sub_attr] if target.sub_attr else []
    if isinstance(target, ValuePath):
        asked += _asked(target.val_filter)
    return next((_no_part(home.attribute, part) for part in asked if not _has(home.attribute, part)), None)


def _near(name: str, names: list[str], users: Shape) -> str:
    """The nearest name, spelt out as it must be written."""
    hint = did_you_mean(name, names)
    near = hint.removeprefix("did you mean ").removesuffix("?") if hint and hint.startswith("did you mean") else None
    if near is None:
        return "the schemas of the connection are listed at /Schemas; directory.scim.schemas adds to them"
    home = next(one for one in users.homes if one.attribute.name == near)
    return f"did you mean {home.urn}:{near}?" if home.urn else f"did you mean {near}?"


def _no_part(attribute: Attribute, part: str) -> tuple[str, str | None]:
    parts = [one.name for one in attribute.sub]
    hint = f"{attribute.name} has {listed(parts, 'and')}" if parts else f"write {attribute.name} alone"
    return f"{attribute.name} has no part {part}, so this is never sent", hint


def _has(attribute: Attribute, part: str) -> bool:
    return attribute.part(part) is not None or (not attribute.sub and attribute.many and part.lower() == "value")


def _asked(node: FilterNode) -> list[str]:
    """The parts that a filter in brackets asks for."""
    if isinstance(node, LogicalExpr):
        return [name for term in node.terms for name in _asked(term)]
    if isinstance(node, Not):
        return _asked(node.expr)
    path = getattr(node, "attr_path", None)
    return [path.attr] if isinstance(path, AttrPath) else []
