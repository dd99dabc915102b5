"""The organization roles that a Clerk instance knows, and what each may do."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.permissions import Permission, permission


@dataclass(frozen=True, slots=True)
class Role:
    """One role, such as ``org:editor``."""

    id: str
    key: str
    name: str
    permissions: tuple[Permission, ...]

    def holds(self, key: str) -> bool:
        return any(one.key == key for one in self.permissions)


async def known(api: Api, *, lane: Lane) -> list[Role]:
    """All of them, whichever role set they are in."""
    return [_role(item) for item in await api.all("/organization_roles", lane=lane)]


async def keys(api: Api, *, lane: Lane) -> set[str]:
    """Role keys, such as ``org:editor``."""
    return {role.key for role in await known(api, lane=lane)}


def _role(item: Any) -> Role:
    return Role(item["id"], item["key"], item["name"], tuple(permission(one) for one in item["permissions"]))
