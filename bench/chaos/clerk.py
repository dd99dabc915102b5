"""Clerk as somebody with its secret key sees it: users and memberships, read and changed by hand."""

from dataclasses import dataclass
from typing import Any

from bench.house import House
from bench.wire import Wire
from bridge.sandbox.clerk.api import SECRET_KEY

_HEADERS = {
    "Authorization": f"Bearer {SECRET_KEY}",
    "Clerk-API-Version": "2026-05-12",
    "Content-Type": "application/json",
}


@dataclass(frozen=True, slots=True)
class State:
    """Everything there is, as the sandbox tells it."""

    users: dict[str, Any]
    organizations: dict[str, Any]
    memberships: list[Any]
    sessions: list[Any]

    def user(self, emails: list[str]) -> Any | None:
        """The user with one of these addresses, the newest first."""
        for email in reversed(emails):
            for user in self.users.values():
                if email in addresses(user):
                    return user
        return None

    def role(self, organization: str, user: str) -> str | None:
        found = [one for one in self.memberships if (one["organization_id"], one["user_id"]) == (organization, user)]
        return found[0]["role"].removeprefix("org:") if found else None

    def live(self, user: str) -> list[Any]:
        """The sessions somebody could still use."""
        return [one for one in self.sessions if one["user_id"] == user and one["status"] in {"active", "pending"}]


@dataclass
class Clerk:
    """One sandbox; faults are for those to clear who call it by hand."""

    house: House

    async def state(self) -> State:
        told = await self.house.sandbox_says("state")
        return State(
            {user["id"]: user for user in told["users"]},
            {one["name"].lower(): one for one in told["organizations"]},
            told["memberships"],
            told["sessions"],
        )

    async def call(self, method: str, path: str, body: Any = None) -> Any | None:
        """The answer; None if Clerk refuses."""
        with Wire(self.house.sandbox_port, _HEADERS) as wire:
            answer = await wire.call(method, f"/v1{path}", body)
        return answer.json() if answer.status == 200 else None

    async def organization(self, name: str) -> str:
        made = await self.call("POST", "/organizations", {"name": name})
        assert made is not None
        return str(made["id"])

    async def user(self, email: str, first_name: str) -> str:
        body = {"email_address": [email], "first_name": first_name, "skip_password_requirement": True}
        made = await self.call("POST", "/users", body)
        assert made is not None
        return str(made["id"])

    async def add(self, organization: str, user: str, role: str) -> bool:
        body = {"user_id": user, "role": f"org:{role}"}
        return await self.call("POST", f"/organizations/{organization}/memberships", body) is not None

    async def change(self, organization: str, user: str, role: str) -> bool:
        path = f"/organizations/{organization}/memberships/{user}"
        return await self.call("PATCH", path, {"role": f"org:{role}"}) is not None

    async def remove(self, organization: str, user: str) -> bool:
        return await self.call("DELETE", f"/organizations/{organization}/memberships/{user}") is not None


def addresses(user: Any) -> set[str]:
    return {one["email_address"] for one in user["email_addresses"]}
