"""A resource type as one connection has it: a core schema and its extensions, with every way to name an attribute looked up
once.

A client may write ``title``, ``urn:…:core:2.0:User:title``, ``urn:…:enterprise:2.0:User:department`` or, as Entra does, an
extension's attribute beside the core ones; `keys` knows them all, folded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from scim.schemas.attribute import Attribute, Schema
from scim.schemas.core import COMMON, enterprise, group, twins, user

ResourceKind = Literal["User", "Group"]


@dataclass(frozen=True, slots=True)
class Home:
    """Where an attribute lives: in the extension `urn`, or in the resource itself (None). `healer`: how it was misnamed."""

    attribute: Attribute
    urn: str | None = None
    healer: str | None = None


@dataclass(frozen=True, eq=False)
class Shape:
    """One resource type of one connection. Compared by identity: make it once."""

    kind: ResourceKind
    core: Schema
    extensions: tuple[Schema, ...] = ()

    @property
    def endpoint(self) -> str:
        return f"/{self.kind}s"

    @property
    def schemas(self) -> tuple[Schema, ...]:
        return (self.core, *self.extensions)

    @cached_property
    def urns(self) -> Mapping[str, Schema]:
        """Its schemas by folded id."""
        return {schema.id.lower(): schema for schema in self.schemas}

    @cached_property
    def keys(self) -> Mapping[str, Home]:
        """Every folded name of an attribute, the plainest winning."""
        found: dict[str, Home] = {}
        for extension in self.extensions:
            for name, attribute in extension.by_name.items():
                found.setdefault(name, Home(attribute, extension.id, "top-level-enterprise"))
                found[f"{extension.id.lower()}:{name}"] = Home(attribute, extension.id, "urn-key")
        for name, attribute in (*COMMON.items(), *self.core.by_name.items()):
            found[name] = Home(attribute)
            found[f"{self.core.id.lower()}:{name}"] = Home(attribute, None, "urn-key")
        return found

    @cached_property
    def homes(self) -> tuple[Home, ...]:
        """Every attribute of its schemas, each once."""
        core = [Home(attribute) for attribute in self.core.attributes]
        return (*core, *(Home(one, extension.id) for extension in self.extensions for one in extension.attributes))

    @cached_property
    def hidden(self) -> tuple[Home, ...]:
        """What an answer leaves out unless it is asked for, or always. (A password is written only and never kept.)"""
        return tuple(
            home
            for home in self.homes
            if home.attribute.returned in {"request", "never"} and home.attribute.mutability != "writeOnly"
        )

    @cached_property
    def immutable(self) -> tuple[Home, ...]:
        """What keeps the value it got first."""
        return tuple(home for home in self.homes if home.attribute.mutability == "immutable")

    def find(self, uri: str | None, name: str) -> Home | None:
        """The attribute of a path's URN (None: none was written) and name."""
        return self.keys.get(f"{uri}:{name}".lower() if uri else name.lower())

    def extended(self, extensions: Sequence[Schema]) -> "Shape":
        """The same with more extensions."""
        return Shape(self.kind, self.core, (*self.extensions, *extensions)) if extensions else self


USERS = Shape("User", user, (enterprise,))
GROUPS = Shape("Group", group)
TWINS = Shape("Group", twins)
"""Groups of which two may have one name."""
