"""Each IdP's own names for each fact, in SCIM and in SAML: the one place for both. The tables are the YAML files here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from mappings.expressions import Expression, expression

PROVIDERS = ("okta", "entra", "google", "active-directory", "generic")
_NOTHING = Expression()


@dataclass(frozen=True, slots=True)
class Names:
    """Where one fact stands: in SCIM attribute paths, and in SAML attribute names."""

    scim: Expression = _NOTHING
    saml: Expression = _NOTHING


@dataclass(frozen=True, slots=True)
class Pick:
    """What an admin picks at the IdP so that a fact is sent; None: nothing to pick, or nothing known of it."""

    scim: str | None = None
    saml: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider's table: our attribute name -> its names; and what to pick for some of them."""

    provider: str
    attributes: Mapping[str, Names]
    picks: Mapping[str, Pick]


@cache
def preset(provider: str) -> Preset:
    """The table of a provider; KeyError for an unknown one."""
    if provider not in PROVIDERS:
        raise KeyError(provider)
    tables = [_table("generic")] + ([_table(provider)] if provider != "generic" else [])
    merged: dict[str, Names] = {}
    for table in tables:
        for name, row in table.items():
            base = merged.get(name, Names())
            merged[name] = Names(_said(row, "scim", base.scim), _said(row, "saml", base.saml))
    picks = {name: Pick(**row["pick"]) for name, row in tables[-1].items() if "pick" in row}
    return Preset(provider, merged, picks)


def _said(row: Mapping[str, Any], kind: str, base: Expression) -> Expression:
    return expression(row[kind]) if kind in row else base


def _table(provider: str) -> dict[str, dict[str, Any]]:
    text = resources.files(__name__).joinpath(f"{provider}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return loaded
