"""Role sets: which roles an organization can give at all. A role outside its organization's set can't be assigned."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane

MOST_ROLES = 10  # in one set (docs/guides/organizations/control-access/role-sets at Clerk)


@dataclass(frozen=True, slots=True)
class RoleSet:
    """`initial`: new organizations get this one. `migrating`: Clerk moves members between roles and refuses changes."""

    id: str
    key: str
    initial: bool
    roles: tuple[str, ...]
    default_role: str | None
    creator_role: str | None
    migrating: bool


async def known(api: Api, *, lane: Lane) -> list[RoleSet]:
    return [_role_set(item) for item in await api.all("/role_sets", lane=lane)]


def _role_set(item: Any) -> RoleSet:
    return RoleSet(
        item["id"],
        item["key"],
        item["type"] == "initial",
        tuple(one["key"] for one in item["roles"]),
        _key(item.get("default_role")),
        _key(item.get("creator_role")),
        item.get("role_set_migration") is not None,
    )


def _key(item: Any) -> str | None:
    return str(item["key"]) if item else None
