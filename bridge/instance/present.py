"""What an instance has of what `setup` makes, as one value; read in a handful of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.clerk import entrances, instance, jwt_templates, permissions, role_sets, roles
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.entrances import Room
from bridge.clerk.instance import OrganizationSettings
from bridge.clerk.jwt_templates import Template
from bridge.clerk.role_sets import RoleSet
from bridge.clerk.roles import Role


@dataclass(frozen=True, slots=True)
class Present:
    """`permissions`: key -> id. `rooms`: the organizations that we govern, by id. Roles and templates by key and name."""

    settings: OrganizationSettings
    permissions: Mapping[str, str]
    roles: Mapping[str, Role]
    role_sets: tuple[RoleSet, ...]
    templates: Mapping[str, Template]
    rooms: Mapping[str, Room] = field(default_factory=dict)

    def using(self, role_set: str) -> list[str]:
        """The names of the workspaces we govern that have this role set."""
        return [room.name for room in self.rooms.values() if room.role_set == role_set]


async def read(api: Api, organizations: Sequence[str]) -> Present:
    """`organizations`: ids of those that the bridge governs."""
    lane = Lane.NORMAL
    settings = await instance.organization_settings(api, lane=lane)
    if not settings.enabled:  # Clerk answers nothing about organizations then
        return Present(settings, {}, {}, (), {})
    every = {role.key: role for role in await roles.known(api, lane=lane)}
    listed = [*await permissions.known(api, lane=lane), *(one for role in every.values() for one in role.permissions)]
    rooms = await entrances.rooms(api, organizations, lane=lane)
    return Present(
        settings,
        {one.key: one.id for one in listed},
        every,
        tuple(await role_sets.known(api, lane=lane)),
        {one.name: one for one in await jwt_templates.known(api, lane=lane)},
        {one.id: one for one in rooms},
    )
