"""The organization roles that a Clerk instance knows."""

from bridge.clerk.api import PAGE, Api
from bridge.clerk.budget import Lane


async def keys(api: Api, *, lane: Lane) -> set[str]:
    """Role keys, such as ``org:editor``."""
    answer = await api.get("/organization_roles", query=[("limit", str(PAGE))], lane=lane)
    return {item["key"] for item in answer["data"]}
