"""What lies beneath a connection file and how it is laid over it: presets, long forms, one source instead of another."""

from collections.abc import Mapping
from typing import Any

from bridge.settings.connections import SOURCES
from bridge.settings.layers import Layered, dig
from mappings.expressions import Expression
from mappings.providers import preset

_HABITS = {"generic": {"group_patch": "group"}}
"""By provider; docs/scim-dialects.md has the sources."""


def preset_of(provider: str, layers: Layered) -> dict[str, Any]:
    """What a provider's IdP calls each fact, and what its SCIM client expects."""
    return {"attributes": _attributes(provider)} | _habits(layers, provider)


def spell_out(data: Any) -> None:
    """Short forms in their long form, so that maps merge: ``alias: org_…`` and ``directory: none``."""
    if not isinstance(data, dict):
        return
    workspaces = data.get("workspaces")
    if isinstance(workspaces, dict):
        data["workspaces"] = {alias: {"id": one} if isinstance(one, str) else one for alias, one in workspaces.items()}
    if data.get("directory") == "none":
        data["directory"] = {"scim": None}


def change_source(layers: Layered, data: Any) -> None:
    """A layer that names a directory source takes the place of the one below, with all of its keys."""
    named = dig(data, ("directory",))
    if isinstance(named, Mapping) and any(kind in named for kind in SOURCES):
        for kind in SOURCES:
            if kind not in named:
                layers.drop(("directory", kind))
        if "scim" not in named:
            layers.lay({"directory": {"scim": None}}, "built in")


def _attributes(provider: str) -> dict[str, Any]:
    return {
        name: {"scim": _written(names.scim), "saml": _written(names.saml)}
        for name, names in preset(provider).attributes.items()
    }


def _written(one: Expression) -> str | list[str] | None:
    """As a file would say it."""
    return list(one.written) if len(one.written) > 1 else next(iter(one.written), None)


def _habits(layers: Layered, provider: str) -> dict[str, Any]:
    """What an IdP's SCIM client expects beyond the RFCs, where there is a SCIM endpoint."""
    has_endpoint = isinstance(dig(layers.data, ("directory", "scim")), Mapping)
    return {"directory": {"scim": _HABITS[provider]}} if has_endpoint and provider in _HABITS else {}
