"""What each IdP's own administration calls the things that an admin enters there: the table is consoles.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of the IdP, and what to choose in it."""

    label: str
    choose: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """An attribute of SCIM that is always wanted: what fills it there, and what to do so that it does."""

    ours: str
    filled_by: str
    do: str


@dataclass(frozen=True, slots=True)
class Scim:
    """Where the IdP is told to push users and groups."""

    at: str
    url: str
    token: str
    fixed: tuple[Fixed, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Console:
    """Labels as the IdP's pages write them; "" where there is no such field. `ours`, `theirs`: for metadata."""

    name: str
    at: str
    entity_id: str
    acs: str
    theirs: str
    name_id: Choice
    claims: str
    groups: str
    second_factor: str
    launch: str
    login: str = ""
    relay_state: str = ""
    logout: str = ""
    ours: str = ""
    notes: tuple[str, ...] = ()
    scim: Scim | None = None


def console(provider: str) -> Console:
    """Of a provider. `scim` None: its maker has no such page, so another product of the customer's pushes, if any does."""
    return _all()[provider]


@cache
def _all() -> Mapping[str, Console]:
    text = resources.files(__package__).joinpath("consoles.yaml").read_text(encoding="utf-8")
    return {provider: _console(row) for provider, row in yaml.safe_load(text).items()}


def _console(row: Mapping[str, Any]) -> Console:
    scim = _scim(row["scim"]) if "scim" in row else None
    return Console(**{**row, "name_id": Choice(**row["name_id"]), "notes": tuple(row.get("notes", ())), "scim": scim})


def _scim(row: Mapping[str, Any]) -> Scim:
    fixed = tuple(Fixed(**one) for one in row["fixed"])
    return Scim(**{**row, "fixed": fixed, "notes": tuple(row.get("notes", ()))})
