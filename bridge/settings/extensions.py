"""Schemas that an operator adds to a connection's users or groups: attributes that RFC 7643 doesn't have, such as a badge.

/Schemas and /ResourceTypes publish them, so an IdP can be told to send them, and rules can ask for them.
"""

import re
from collections import Counter
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from bridge.settings.kinds import Shape
from scim.schemas import COMMON, GROUPS, USERS, Attribute, Schema

_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}(?::[A-Za-z0-9][A-Za-z0-9._-]*)+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TAKEN = {urn for shape in (USERS, GROUPS) for urn in shape.urns}


def _urn(text: str) -> str:
    if not _URN.fullmatch(text) or "." in text.rpartition(":")[2]:
        raise ValueError(f"{text!r} is no schema URN | write one such as urn:acme:params:scim:schemas:badge:2.0:User")
    if text.lower() in _TAKEN:
        raise ValueError(f"{text} is built in | give your schema a URN of its own")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no attribute name | letters, digits, - and _, beginning with a letter")
    return text


def _own_name(text: str) -> str:
    if text.lower() in COMMON:
        raise ValueError(f"{text!r} is what every resource has (RFC 7643 §3.1) | take another name")
    return text


def _apart(names: Collection[str]) -> None:
    """SCIM's names ignore case (RFC 7643 §2.1)."""
    folded = Counter(name.lower() for name in names)
    twins = sorted(name for name in names if folded[name.lower()] > 1)
    if twins:
        raise ValueError(f"{' and '.join(twins)} differ only in case | SCIM can't tell them apart")


PartName = Annotated[str, AfterValidator(_name)]
Name = Annotated[PartName, AfterValidator(_own_name)]


class PartShape(Shape):
    """A part of a complex attribute."""

    type: Literal["string", "boolean", "integer", "decimal", "dateTime", "reference"] = Field(
        default="string", description="the kind of its values"
    )
    description: str = Field(default="", description="what it is, for whoever maps it in the IdP")
    required: bool = Field(default=False, description="a user without it is refused with 400")
    case_exact: bool = Field(default=False, description="whether upper and lower case differ in comparisons")
    canonical: list[str] = Field(default=[], description="the usual values, published as such; others are taken, too")


class AttributeShape(PartShape):
    """One attribute (RFC 7643 §7)."""

    many: bool = Field(default=False, description="it has several values")
    mutability: Literal["readWrite", "immutable"] = Field(
        default="readWrite", description="whether it may be changed after it was set"
    )
    returned: Literal["default", "request", "never"] = Field(default="default", description="when answers have it")
    parts: dict[PartName, PartShape] = Field(default={}, description="its parts, if it has any: {name: what it is}")

    @model_validator(mode="after")
    def _one_kind(self) -> "AttributeShape":
        _apart(self.parts)
        odd = sorted({"type", "case_exact", "canonical"} & self.model_fields_set) if self.parts else []
        if odd:
            raise ValueError(f"parts make it complex, so {odd[0]} says nothing here | give it to a part, or take parts out")
        return self


class SchemaShape(Shape):
    """An extension schema."""

    id: Annotated[str, AfterValidator(_urn)] = Field(
        description="its URN, as the IdP must send it", examples=["urn:acme:params:scim:schemas:badge:2.0:User"]
    )
    name: str = Field(description="what people call it", examples=["Badge"])
    description: str = Field(default="", description="what it is for, published at /Schemas")
    resource: Literal["User", "Group"] = Field(default="User", description="what it extends: users or groups")
    attributes: dict[Name, AttributeShape] = Field(min_length=1, description="its attributes: {name: what it is}")

    @model_validator(mode="after")
    def _no_twins(self) -> "SchemaShape":
        _apart(self.attributes)
        return self


def schema(shape: SchemaShape) -> Schema:
    """As the directory has it."""
    return Schema.of(
        shape.id, shape.name, shape.description or shape.name, *(_attribute(*one) for one in shape.attributes.items())
    )


def _attribute(name: str, shape: AttributeShape) -> Attribute:
    return Attribute(
        name,
        shape.description or name,
        "complex" if shape.parts else shape.type,
        many=shape.many,
        required=shape.required,
        case_exact=shape.case_exact,
        mutability=shape.mutability,
        returned=shape.returned,
        canonical=tuple(shape.canonical),
        references=("external",) if shape.type == "reference" else (),
        sub=tuple(_part(*one) for one in shape.parts.items()),
    )


def _part(name: str, shape: PartShape) -> Attribute:
    return Attribute(
        name,
        shape.description or name,
        shape.type,
        required=shape.required,
        case_exact=shape.case_exact,
        canonical=tuple(shape.canonical),
        references=("external",) if shape.type == "reference" else (),
    )
