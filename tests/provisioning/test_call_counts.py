"""How many calls of Clerk a change needs, by the sandbox's own counters; those about sessions are apart (law 12)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.house import PATCH, USER, House

Houses = Callable[..., Awaitable[House]]
NAMES = ("production", "research", "support", "sales")
_MEMBERSHIPS = "/v1/organizations/{organization_id}/memberships"
_ADD, _CHANGE = f"POST {_MEMBERSHIPS}", f"PATCH {_MEMBERSHIPS}/{{user_id}}"
_REMOVE = f"DELETE {_MEMBERSHIPS}/{{user_id}}"
ENTRA_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

okta_and_entra = pytest.mark.parametrize("provider", ["okta", "entra"])
one_to_four = pytest.mark.parametrize("n", [1, 2, 3, 4])


class Idp:
    """Requests as Okta and Entra send them, for one house."""

    def __init__(self, house: House, provider: str) -> None:
        self.house = house
        self.provider = provider

    def body(self, name: str, *, active: bool = True) -> dict[str, Any]:
        email = f"{name}@acme.example"
        common: dict[str, Any] = {"userName": email, "externalId": f"ext-{name}", "active": active, "displayName": name}
        common["name"] = {"givenName": name.capitalize(), "familyName": "Doe"}
        if self.provider == "okta":
            return common | {
                "schemas": [USER],
                "emails": [{"primary": True, "value": email, "type": "work"}],
                "locale": "en-US",
                "groups": [],
            }
        return common | {
            "schemas": [USER, ENTRA_USER],
            "emails": [{"primary": True, "type": "work", "value": email}],
            "meta": {"resourceType": "User"},
            ENTRA_USER: {"department": "Research"},
        }

    async def hire(self, name: str) -> str:
        status, made = await self.house.scim("POST", "/Users", self.body(name))
        assert status == 201, made
        return str(made["id"])

    async def push(self, id: str, name: str, *, active: bool = True) -> None:
        """The same again: Okta PUTs the whole user, Entra PATCHes what it has."""
        if self.provider == "okta":
            status, answer = await self.house.scim("PUT", f"/Users/{id}", {**self.body(name, active=active), "id": id})
        else:
            operations = [
                {"op": "Replace", "path": "displayName", "value": name},
                {"op": "Replace", "path": 'emails[type eq "work"].value', "value": f"{name}@acme.example"},
                {"op": "Replace", "path": "active", "value": str(active)},
            ]
            status, answer = await self._patch(f"/Users/{id}", operations)
        assert status in {200, 204}, answer

    async def deactivate(self, id: str) -> None:
        value: Any = (
            {"op": "replace", "value": {"active": False}}
            if self.provider == "okta"
            else {"op": "Replace", "path": "active", "value": "False"}
        )
        status, answer = await self._patch(f"/Users/{id}", [value])
        assert status in {200, 204}, answer

    async def join(self, group: str, *ids: str) -> None:
        op = "add" if self.provider == "okta" else "Add"
        operation = {"op": op, "path": "members", "value": [{"value": id} for id in ids]}
        status, answer = await self._patch(f"/Groups/{group}", [operation])
        assert status in {200, 204}, answer

    async def leave(self, group: str, id: str) -> None:
        operation: Any = (
            {"op": "remove", "path": f'members[value eq "{id}"]'}
            if self.provider == "okta"
            else {"op": "Remove", "path": "members", "value": [{"value": id}]}
        )
        status, answer = await self._patch(f"/Groups/{group}", [operation])
        assert status in {200, 204}, answer

    async def _patch(self, path: str, operations: list[Any]) -> tuple[int, Any]:
        return await self.house.scim("PATCH", path, {"schemas": [PATCH], "Operations": operations})


async def _opened(houses: Houses, provider: str, n: int) -> tuple[Idp, str, str]:
    """`n` workspaces that somebody else is in already; the groups that give viewer and editor in all of them."""
    rules = [
        {"name": "Viewers", "when": {"group": "viewers"}, "grant": dict.fromkeys(NAMES[:n], "viewer")},
        {"name": "Editors", "when": {"group": "editors"}, "grant": dict.fromkeys(NAMES[:n], "editor")},
        {"name": "Owners", "when": {"group": "owners"}, "grant": dict.fromkeys(NAMES[:n], "owner")},
    ]
    workspaces = {name: {"create": name.capitalize()} for name in NAMES[:n]}
    house = await houses(rules=rules, provider=provider, workspaces=workspaces)
    idp = Idp(house, provider)
    await house.group("owners", await idp.hire("first"))
    viewers, editors = await house.group("viewers"), await house.group("editors")
    await house.idle()
    house.sandbox.reset_calls()
    return idp, viewers, editors


@okta_and_entra
@one_to_four
async def test_each_change_costs_the_calls_that_it_must(houses: Houses, provider: str, n: int) -> None:
    idp, viewers, editors = await _opened(houses, provider, n)
    house = idp.house

    async def spent() -> dict[str, int]:
        await house.idle()
        calls = {name: count for name, count in house.sandbox.calls().items() if "/sessions" not in name}
        house.sandbox.reset_calls()
        return calls

    mia = await idp.hire("mia")
    await idp.join(viewers, mia)
    assert await spent() == {"POST /v1/users": 1, _ADD: n}

    await idp.push(mia, "mia")
    await idp.join(viewers, mia)
    assert await spent() == {}

    await idp.join(editors, mia)
    assert await spent() == {_CHANGE: n}

    await idp.leave(viewers, mia)
    assert await spent() == {}

    await house.sign_in("mia")
    await house.sign_in("mia")
    house.sandbox.reset_calls()
    await idp.deactivate(mia)
    await house.idle()
    assert house.sandbox.calls() == {"GET /v1/sessions": 1, "POST /v1/sessions/{session_id}/revoke": 2, _REMOVE: n}
    house.sandbox.reset_calls()

    await idp.push(mia, "mia", active=False)
    await house.scim("DELETE", f"/Users/{mia}")
    assert await spent() == {}


@okta_and_entra
async def test_a_role_change_in_one_of_several_workspaces_is_one_call(houses: Houses, provider: str) -> None:
    idp, viewers, _ = await _opened(houses, provider, 3)
    house = idp.house
    mia = await idp.hire("mia")
    await idp.join(viewers, mia)
    await house.idle()
    rules = [
        {"name": "Viewers", "when": {"group": "viewers"}, "grant": dict.fromkeys(NAMES[:3], "viewer")},
        {"name": "Owners", "when": {"group": "owners"}, "grant": dict.fromkeys(NAMES[:3], "owner")},
        {"name": "Admins", "when": {"group": "admins"}, "grant": {"research": "admin"}},
    ]
    house.mapping(rules=rules)

    async def taken() -> bool:
        return len(await house.audit("mapping.taken")) == 2

    await house.until(taken)
    await house.idle()
    house.sandbox.reset_calls()
    await house.group("admins", mia)
    await house.idle()
    assert house.sandbox.calls() == {_CHANGE: 1}


@okta_and_entra
async def test_an_okta_repush_as_delete_and_create_costs_nothing_but_the_removals_and_additions(
    houses: Houses, provider: str
) -> None:
    idp, viewers, _ = await _opened(houses, provider, 2)
    house = idp.house
    mia = await idp.hire("mia")
    await idp.join(viewers, mia)
    await house.idle()
    house.sandbox.reset_calls()
    await house.scim("DELETE", f"/Users/{mia}")
    await house.idle()
    again = await idp.hire("mia")
    await idp.join(viewers, again)
    await house.idle()
    calls = {name: count for name, count in house.sandbox.calls().items() if "/sessions" not in name}
    assert calls == {_REMOVE: 2, _ADD: 2}
