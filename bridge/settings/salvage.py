"""What a connection file with mistakes still says about its rules, so that its mapping file can be checked all the same."""

from typing import Any

from bridge.settings.layers import dig
from bridge.settings.values import OWN_CONDITIONS
from mappings.providers import PROVIDERS
from mappings.roles import Role
from mappings.ruleset import Scope, zone


def scope(name: str, data: Any) -> Scope:
    """Where the file says nothing that can be understood, rules may do anything: that they can't is told when it can."""
    workspaces = dig(data, ("workspaces",))
    if not isinstance(workspaces, dict):
        return Scope(name, {}, Role.OWNER)
    ceilings = {alias: _ceiling(one) for alias, one in workspaces.items()}
    wildcard = ceilings.pop("*", None)
    attributes, provider = dig(data, ("attributes",)), dig(data, ("provider",))
    return Scope(
        name,
        ceilings,
        wildcard,
        timezone=_timezone(data.get("timezone")),
        attributes=frozenset(attributes) - OWN_CONDITIONS
        if isinstance(attributes, dict) and provider in PROVIDERS
        else None,
    )


def _ceiling(workspace: Any) -> Role:
    try:
        return Role.parse(str(dig(workspace, ("ceiling",))))
    except ValueError:
        return Role.OWNER


def _timezone(name: Any) -> str:
    try:
        zone(str(name))
    except ValueError:
        return "UTC"
    return str(name)
