"""The organization roles that a Clerk instance knows."""

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane


async def keys(api: Api, *, lane: Lane) -> set[str]:
    """Role keys, such as ``org:editor``."""
    return {item["key"] for item in await api.all("/organization_roles", lane=lane)}
