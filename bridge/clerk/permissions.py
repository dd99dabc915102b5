"""The organization permissions that a Clerk instance knows: its own, ``org:sys_…``, and those an application adds."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane


@dataclass(frozen=True, slots=True)
class Permission:
    """One right that a role may hold."""

    id: str
    key: str


async def known(api: Api, *, lane: Lane) -> list[Permission]:
    """All of them."""
    return [permission(item) for item in await api.all("/organization_permissions", lane=lane)]


def permission(item: Any) -> Permission:
    """Clerk's JSON -> the value; roles carry theirs whole."""
    return Permission(item["id"], item["key"])
