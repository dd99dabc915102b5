"""`outsiders: invite`: people outside the domains get an e-mail, once, and are members only by what they accepted (R5)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.dirty import persons as marks
from bridge.people import find
from bridge.provisioning.acting import invite
from tests.support.house import House
from tests.support.refusing import Refusing

Houses = Callable[..., Awaitable[House]]
GUEST = "guest@partner.example"
_INVITATIONS = "/v1/organizations/{organization_id}/invitations"
SEND, REVOKE = f"POST {_INVITATIONS}", f"POST {_INVITATIONS}/{{invitation_id}}/revoke"


async def _house(houses: Houses, **keys: Any) -> tuple[House, str]:
    house = await houses(outsiders="invite", **keys)
    first = await house.user("first")
    await house.group("owners", first)
    await house.group("everything", first)
    await house.idle()
    emails = [{"value": GUEST, "type": "work", "primary": True}]
    guest = await house.user("guest", userName=GUEST, emails=emails)
    await house.idle()
    house.sandbox.reset_calls()
    return house, guest


async def _waiting(house: House) -> dict[str, str]:
    """Address -> role of each pending invitation to the workspace."""
    path = f"/organizations/{house.organization('production')}/invitations?status=pending"
    return {one["email_address"]: one["role"] for one in (await house.clerk("GET", path))["data"]}


async def _accept(house: House) -> str:
    """The guest follows the link in the mail; returns their Clerk user."""
    path = f"/organizations/{house.organization('production')}/invitations?status=pending"
    (waiting,) = (await house.clerk("GET", path))["data"]
    house.sandbox.control("POST", f"invitations/{waiting['id']}/accept")
    return str(house.clerk_user("guest")["id"])


def _sent(house: House) -> dict[str, int]:
    """The calls that send or revoke one."""
    return {name: count for name, count in house.sandbox.calls().items() if name in {SEND, REVOKE}}


async def _look(house: House) -> None:
    """As a webhook has it done."""
    now = house.clock()

    def work(tx: Any) -> None:
        (found,) = find.persons(tx, GUEST)
        marks.mark(tx, [found.pk], now=now, cause="organizationInvitation.accepted", look=True)

    await house.parts.database.write(work)
    await house.idle()


async def _state(house: House) -> tuple[str, str | None, str | None, str | None]:
    (row,) = (await house.explain(GUEST)).workspaces
    return row.state, row.decided, row.in_clerk, row.cause


async def test_somebody_outside_the_domains_is_invited_once(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.group("engineers", guest)
    await house.idle()
    assert await _waiting(house) == {GUEST: "org:editor"}
    state, decided, in_clerk, cause = await _state(house)
    assert (state, decided, in_clerk) == ("outside_domains", "editor", None)
    assert (cause or "").startswith("invited on 20")
    await house.patch(f"/Users/{guest}", {"op": "replace", "path": "title", "value": "Guest"})
    await house.idle()
    assert _sent(house) == {SEND: 1}
    assert "guest" not in house.roles()
    assert len(await house.audit("invitation.sent")) == 1


async def test_an_existing_user_of_that_address_is_never_linked(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.clerk("POST", "/users", {"email_address": [GUEST]})
    await house.group("engineers", guest)
    await house.idle()
    assert await _waiting(house) == {GUEST: "org:editor"}
    assert (await house.explain(GUEST)).person["clerk_user"] is None


async def test_another_role_is_another_invitation(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.group("engineers", guest)
    await house.idle()
    await house.group("admins", guest)
    await house.idle()
    assert await _waiting(house) == {GUEST: "org:admin"}
    assert _sent(house) == {SEND: 2, REVOKE: 1}


@pytest.mark.parametrize("how", ["left", "deactivated", "deleted"])
async def test_an_invitation_is_revoked_with_its_reason(houses: Houses, how: str) -> None:
    house, guest = await _house(houses)
    engineers = await house.group("engineers", guest)
    await house.idle()
    if how == "left":
        await house.leave(engineers, guest)
    elif how == "deactivated":
        await house.deactivate(guest)
    else:
        await house.scim("DELETE", f"/Users/{guest}")
    await house.idle()
    assert await _waiting(house) == {}
    assert len(await house.audit("invitation.revoked")) == 1


async def test_whoever_accepted_is_a_member_by_it_and_leaves_with_its_reason(houses: Houses) -> None:
    house, guest = await _house(houses)
    engineers = await house.group("engineers", guest)
    await house.idle()
    user = await _accept(house)
    await _look(house)
    assert await _state(house) == ("granted", "editor", "editor", None)
    assert (await house.explain(GUEST)).person["clerk_user"] is None
    session = (await house.clerk("POST", "/sessions", {"user_id": user}))["id"]
    await house.group("admins", guest)
    await house.idle()
    assert house.roles()["guest"] == {"production": "admin"}
    (admins,) = [one["id"] for one in (await house.scim("GET", '/Groups?filter=displayName eq "admins"'))[1]["Resources"]]
    await house.leave(admins, guest)
    await house.leave(engineers, guest)
    await house.idle()
    assert "guest" not in house.roles()
    assert {one["id"]: one["status"] for one in house.sandbox.state()["sessions"]} == {session: "active"}
    assert house.clerk_user("guest")["banned"] is False


async def test_a_guest_who_is_deactivated_loses_the_membership_and_nothing_else(houses: Houses) -> None:
    house, guest = await _house(houses, directory={"scim": {"auth": ["token"]}, "deactivation": "delete"})
    await house.group("engineers", guest)
    await house.idle()
    await _accept(house)
    await _look(house)
    await house.deactivate(guest)
    await house.idle()
    assert "guest" not in house.roles()
    assert house.clerk_user("guest")["banned"] is False


async def test_an_invitation_accepted_unseen_is_found_when_it_is_to_be_revoked(houses: Houses) -> None:
    house, guest = await _house(houses)
    engineers = await house.group("engineers", guest)
    await house.idle()
    await _accept(house)
    await house.leave(engineers, guest)
    await house.idle()
    assert "guest" not in house.roles()
    assert len(await house.audit("invitation.accepted")) == 1


async def test_a_guest_whom_a_hand_removed_is_not_invited_again(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.group("engineers", guest)
    await house.idle()
    user = await _accept(house)
    await _look(house)
    await house.clerk("DELETE", f"/organizations/{house.organization('production')}/memberships/{user}")
    await _look(house)
    assert (await _state(house))[0] == "drifted"
    assert await _waiting(house) == {}


async def test_an_invitation_whose_answer_was_lost_is_not_sent_twice(houses: Houses) -> None:
    house, guest = await _house(houses)
    house.sandbox.fault(match="POST /v1/organizations/*/invitations", status=500, when="after")
    await house.group("engineers", guest)
    house.clock.jump(10)
    await house.idle()
    assert await _waiting(house) == {GUEST: "org:editor"}
    assert _sent(house) == {SEND: 1}
    assert (await _state(house))[0] == "outside_domains"


async def test_what_clerk_refuses_of_an_invitation_is_tried_later(houses: Houses) -> None:
    house, guest = await _house(houses)
    refusing = Refusing(house)
    refusing.refuse("POST /v1/organizations/*/invitations", 403, "organization_membership_quota_exceeded")
    await house.group("engineers", guest)
    await house.idle()
    assert (await _state(house))[0] == "blocked"
    refusing.relent()
    await house.jump(3600)
    assert await _waiting(house) == {GUEST: "org:editor"}


async def test_more_invitations_than_clerk_sends_in_an_hour_wait(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invite, "MOST", 1)
    house, guest = await _house(houses)
    emails = [{"value": "second@partner.example", "type": "work", "primary": True}]
    second = await house.user("second", userName="second@partner.example", emails=emails)
    engineers = await house.group("engineers", guest)
    await house.idle()
    await house.join(engineers, second)
    await house.idle()
    assert list(await _waiting(house)) == [GUEST]
    await house.jump(3601)
    assert sorted(await _waiting(house)) == [GUEST, "second@partner.example"]


async def test_refuse_and_observe_invite_nobody(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.stop()
    house.connection(outsiders="invite", mode="observe")
    await house.start()
    await house.group("engineers", guest)
    await house.idle()
    await house.stop()
    house.connection(outsiders="refuse")
    await house.start()
    await house.idle()
    assert _sent(house) == {}


async def test_a_domain_that_becomes_ours_links_who_was_invited(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.group("engineers", guest)
    await house.idle()
    await house.stop()
    house.connection(outsiders="invite", domains=["acme.example", "partner.example"])
    await house.start()

    async def in_() -> bool:
        await house.idle()
        return "guest" in house.roles()

    await house.until(in_)
    assert await _waiting(house) == {}
    assert (await house.explain(GUEST)).person["clerk_user"] is not None


async def test_a_member_whom_a_hand_added_while_the_invitation_waits_is_none_of_ours(houses: Houses) -> None:
    house, guest = await _house(houses)
    engineers = await house.group("engineers", guest)
    await house.idle()
    user = (await house.clerk("POST", "/users", {"email_address": [GUEST]}))["id"]
    path = f"/organizations/{house.organization('production')}/memberships"
    await house.clerk("POST", path, {"user_id": user, "role": "org:viewer"})
    await _look(house)
    assert await house.audit("invitation.accepted") == []
    await house.leave(engineers, guest)
    await house.idle()
    assert house.roles()["guest"] == {"production": "viewer"}
    assert await _waiting(house) == {}


async def test_a_role_that_a_hand_raised_for_a_guest_is_undone(houses: Houses) -> None:
    house, guest = await _house(houses)
    await house.group("engineers", guest)
    await house.idle()
    user = await _accept(house)
    await _look(house)
    path = f"/organizations/{house.organization('production')}/memberships/{user}"
    await house.clerk("PATCH", path, {"role": "org:admin"})
    await _look(house)
    assert house.roles()["guest"] == {"production": "editor"}
    await house.clerk("PATCH", path, {"role": "org:viewer"})
    await _look(house)
    assert house.roles()["guest"] == {"production": "viewer"}
    assert (await _state(house))[0] == "drifted"


async def test_a_guest_who_has_another_address_by_now_still_leaves_with_the_reason(houses: Houses) -> None:
    house, guest = await _house(houses)
    engineers = await house.group("engineers", guest)
    await house.idle()
    user = await _accept(house)
    await _look(house)
    given = {"user_id": user, "email_address": "me@home.example", "verified": True, "primary": True}
    await house.clerk("POST", "/email_addresses", given)
    (old,) = [one for one in house.clerk_user("me")["email_addresses"] if one["email_address"] == GUEST]
    await house.clerk("DELETE", f"/email_addresses/{old['id']}")
    await _look(house)
    assert (await _state(house))[0] == "granted"
    await house.leave(engineers, guest)
    await house.idle()
    assert "me" not in house.roles()
