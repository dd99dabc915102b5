"""What the host gives the endpoints: a door to the store, a clock, ids, and what each connection's operator chose."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from scim.dialects import Healing
from scim.listing import Totals
from scim.ports import Caller, Door
from scim.schemas import GROUPS, USERS, Shape

CALLER = web.RequestKey("scim_caller", Caller)
HEALED = web.RequestKey("scim_healed", Healing)
MEDIA_TYPE = "application/scim+json"
BEARER: Mapping[str, Any] = {
    "type": "oauthbearertoken",
    "name": "Bearer token",
    "description": "A token of this connection.",
    "primary": True,
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a connection's operator chose. `group_patch`: what the PATCH of a group answers, nothing (204) or the group.

    `schemes` are the authenticationSchemes that ServiceProviderConfig names (RFC 7643 §5).
    """

    strict: bool = False
    group_patch: Literal["nothing", "group"] = "nothing"
    users: Shape = USERS
    groups: Shape = GROUPS
    schemes: tuple[Mapping[str, Any], ...] = (BEARER,)

    @property
    def unique_group_names(self) -> bool:
        """Whether a second group of one name is refused: what the groups' schema publishes."""
        return self.groups.core.by_name["displayname"].uniqueness == "server"

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        return self.users, self.groups


@dataclass(frozen=True, slots=True)
class Service:
    """`base_url` is the service's public address; `clock` gives epoch milliseconds; `cursor_key` seals cursors, the same on
    every replica.
    """

    door: Door
    base_url: str
    options: Callable[[str], Options]
    new_id: Callable[[], str]
    clock: Callable[[], int]
    cursor_key: Callable[[], Awaitable[bytes]]
    totals: Totals = field(default_factory=Totals)

    def base(self, caller: Caller) -> str:
        """What the locations of a connection begin with."""
        return f"{self.base_url}/scim/v2/{caller.connection}"
