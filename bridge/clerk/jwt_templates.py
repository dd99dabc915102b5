"""JWT templates: tokens with claims of one's own, which Convex asks for by the template's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import PAGE, Api
from bridge.clerk.budget import Lane


@dataclass(frozen=True, slots=True)
class Template:
    """`lifetime` and `clock_skew` in seconds. `own_key`: it is not signed with the instance's published key."""

    id: str
    name: str
    claims: Mapping[str, Any]
    lifetime: int
    clock_skew: int
    own_key: bool
    algorithm: str


async def known(api: Api, *, lane: Lane) -> list[Template]:
    """All of them. Without `paginated` the answer is a bare list."""
    return [_template(item) for item in await api.get("/jwt_templates", query=[("limit", str(PAGE))], lane=lane)]


def _template(item: Any) -> Template:
    return Template(
        item["id"],
        item["name"],
        item["claims"],
        item["lifetime"],
        item["allowed_clock_skew"],
        item["custom_signing_key"],
        item["signing_algorithm"],
    )


async def mint(api: Api, session: str, template: str | None = None, *, lane: Lane) -> str:
    """A token of a live session, as a browser would get it: of a template, or the session token itself. A secret."""
    path = "/sessions/{session}/tokens"
    if template is None:
        return str((await api.post(path, {}, session=session, lane=lane))["jwt"])
    return str((await api.post(f"{path}/{{template}}", {}, session=session, template=template, lane=lane))["jwt"])
