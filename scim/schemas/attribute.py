"""One attribute and one schema as RFC 7643 §7 describes them: what /Schemas publishes, writes may say and filters see."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

Kind = Literal["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"]


@dataclass(frozen=True)
class Attribute:
    """See RFC 7643 §7. `indexed`: found by an index, so its length is limited."""

    name: str
    description: str
    kind: Kind = "string"
    many: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Literal["readWrite", "readOnly", "immutable", "writeOnly"] = "readWrite"
    returned: Literal["default", "always", "never", "request"] = "default"
    uniqueness: Literal["none", "server"] = "none"
    indexed: bool = False
    sub: tuple["Attribute", ...] = ()
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> "Mapping[str, Attribute]":
        """The sub-attributes by folded name."""
        return {one.name.lower(): one for one in self.sub}

    @cached_property
    def required_parts(self) -> "tuple[Attribute, ...]":
        return tuple(one for one in self.sub if one.required)

    def part(self, name: str) -> "Attribute | None":
        """The sub-attribute of this name, in any case."""
        return self.parts.get(name.lower())

    def as_schema(self) -> dict[str, Any]:
        """The form that /Schemas publishes."""
        schema: dict[str, Any] = {
            "name": self.name,
            "type": self.kind,
            "multiValued": self.many,
            "description": self.description,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": self.returned,
            "uniqueness": self.uniqueness,
        }
        if self.sub:
            schema["subAttributes"] = [sub.as_schema() for sub in self.sub]
        if self.canonical:
            schema["canonicalValues"] = list(self.canonical)
        if self.references:
            schema["referenceTypes"] = list(self.references)
        return schema


@dataclass(frozen=True)
class Schema:
    """A schema and its attributes."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        return {one.name.lower(): one for one in self.attributes}

    @cached_property
    def required(self) -> tuple[Attribute, ...]:
        return tuple(one for one in self.attributes if one.required)

    @classmethod
    def of(cls, id: str, name: str, description: str, *attributes: Attribute) -> "Schema":
        return cls(id, name, description, attributes)
