"""The facts about one person that rules see, whoever told them: a directory or a sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GroupFact:
    """A group a person is in. `id`: the IdP's own id; `through`: the direct group that brings a nested one.

    `twin`: the connection has another group of this name, whoever is in it; so the name alone says nothing (rule R11).
    """

    name: str
    id: str | None = None
    through: str | None = None
    twin: bool = False

    def __str__(self) -> str:
        return f"group {self.name}" + (f" (through {self.through})" if self.through else "")


@dataclass(frozen=True, slots=True)
class Identity:
    """Attribute names are ours (department, title, userType, …): presets translate each IdP's. Values are texts.

    Each group stands once: two entries of one name are two groups.
    """

    email: str | None
    groups: tuple[GroupFact, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: frozenset[str] = frozenset({"directory"})
