"""What somebody does in Clerk's dashboard, and the sweep that sees it."""

from collections.abc import Awaitable, Callable
from typing import Any

from bridge.provisioning.sweep import Sweeper
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def staffed(houses: Houses, **keys: Any) -> House:
    """Ada owns production; Mia, Bo, Cy and Di are engineers there."""
    house = await houses(**keys)
    ids = [await house.user(name) for name in ("ada", "mia", "bo", "cy", "di")]
    await house.group("owners", ids[0])
    await house.group("engineers", *ids[1:])
    await house.idle()
    house.sandbox.reset_calls()
    return house


async def remove(house: House, name: str, workspace: str = "production") -> None:
    await house.clerk("DELETE", _membership(house, name, workspace))


async def give(house: House, name: str, role: str, workspace: str = "production") -> None:
    """Another role in a workspace where somebody is already."""
    await house.clerk("PATCH", _membership(house, name, workspace), {"role": role})


async def add(house: House, name: str, role: str, workspace: str = "production") -> None:
    path = f"/organizations/{house.organization(workspace)}/memberships"
    await house.clerk("POST", path, {"user_id": house.clerk_user(name)["id"], "role": role})


async def guest(house: House, role: str = "org:admin") -> None:
    """Somebody whom no directory knows is in production."""
    await house.clerk("POST", "/users", {"email_address": ["guest@elsewhere.example"], "first_name": "Gus"})
    await add(house, "guest", role)


def sweeper(house: House) -> Sweeper:
    """The lease holder's own, called by hand: its period is no matter here."""
    return Sweeper(house.parts.tools, 3600, lambda: True)


async def swept(house: House) -> dict[str, int]:
    """Once, and everybody whom it made due is done."""
    counts = await sweeper(house).sweep()
    await house.idle()
    return counts


async def scim_id(house: House, name: str) -> str:
    """A user's id in the directory."""
    return (await house.explain(f"{name}@acme.example")).accounts[0].subject or ""


async def group_id(house: House, name: str) -> str:
    _, found = await house.scim("GET", f'/Groups?filter=displayName eq "{name}"')
    return str(found["Resources"][0]["id"])


def _membership(house: House, name: str, workspace: str) -> str:
    return f"/organizations/{house.organization(workspace)}/memberships/{house.clerk_user(name)['id']}"
