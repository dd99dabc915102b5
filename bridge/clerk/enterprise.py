"""Clerk's own enterprise connections and directories: what signs people in, or provisions them, beside the bridge."""

from dataclasses import dataclass

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane


@dataclass(frozen=True, slots=True)
class EnterpriseConnection:
    """SSO that Clerk does itself. Who signs in by it joins its `organization`; `joins`: without an account before (JIT)."""

    id: str
    name: str
    provider: str
    active: bool
    domains: tuple[str, ...]
    organization: str | None
    joins: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """Clerk's own SCIM: its people and, with `maps_groups`, their roles can't be changed by anybody else (409)."""

    id: str
    name: str
    provider: str
    enabled: bool
    connection: str | None
    maps_groups: bool


async def connections(api: Api, *, lane: Lane) -> list[EnterpriseConnection]:
    return [
        EnterpriseConnection(
            item["id"],
            item["name"],
            item["provider"],
            item["active"],
            tuple(domain.lower() for domain in item["domains"]),
            item.get("organization_id"),
            not item.get("disable_jit_provisioning", False),
        )
        for item in await api.all("/enterprise_connections", lane=lane)
    ]


async def directories(api: Api, *, lane: Lane) -> list[Directory]:
    return [
        Directory(
            item["id"],
            item["name"],
            item["provider"],
            item["enabled"],
            item.get("enterprise_connection_id"),
            item["group_role_mapping_enabled"],
        )
        for item in await api.all("/directories", lane=lane)
    ]
