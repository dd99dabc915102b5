"""`clerk doctor` beside a running service whose workspaces are in use: each door that is opened at Clerk is found."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from tests.support import command_line
from tests.support.clerk_sandbox import client
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
Found = dict[str, list[tuple[str, str]]]


async def _doctor(house: House, code: int = 0) -> Found:
    found: Found = {}
    told = await command_line.run(house, "clerk", "doctor", "--json", code=code)
    for one in orjson.loads(told)["checks"]:
        found.setdefault(one["check"], []).append((one["verdict"], one["sentence"]))
    return found


def _made(answer: httpx.Response) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


@pytest.fixture
async def house(houses: Houses) -> House:
    """Three people in one workspace of an instance that is set up."""
    made = await houses()
    await made.people(3, "engineers")
    await command_line.run(made, "clerk", "setup", "--apply")
    return made


async def test_a_service_on_an_instance_that_is_set_up_is_well_and_everything_that_shows_was_seen(house: House) -> None:
    found = await _doctor(house)
    verdicts = {verdict for findings in found.values() for verdict, _ in findings}
    assert verdicts <= {"ok", "warning", "by hand"}
    warned = {name for name, findings in found.items() if any(verdict == "warning" for verdict, _ in findings)}
    assert warned == {"webhook_events", "organization_creation"}
    assert found["workspaces"] == [("ok", "Clerk has every workspace that is in use: 1.")]


async def test_each_door_that_is_opened_at_clerk_is_found(house: House) -> None:
    organization = house.organization("production")
    domains = {"domains_enabled": True, "domains_enrollment_modes": ["automatic_invitation"]}
    with client(house.sandbox) as api:
        _made(api.patch("/instance/organization_settings", json=domains))
        sso = {"name": "Acme SSO", "provider": "saml_okta", "domains": ["acme.example"], "organization_id": organization}
        connection = _made(api.post("/enterprise_connections", json={**sso, "active": True}))
        directory = {"enterprise_connection_id": connection["id"], "provider": "okta", "name": "Acme SCIM"}
        made = _made(api.post("/directories", json=directory))
        if not made["enabled"]:
            _made(api.patch(f"/directories/{made['id']}", json={"enabled": True}))
        invited = {"email_address": "ex@acme.example", "role": "org:editor"}
        _made(api.post(f"/organizations/{organization}/invitations", json=invited))
        domain = {"name": "acme.example", "enrollment_mode": "automatic_invitation", "verified": True}
        _made(api.post(f"/organizations/{organization}/domains", json=domain))
    found = await _doctor(house, code=1)
    assert found["directory_sync"][0][0] == "problem"
    assert "Acme SCIM" in found["directory_sync"][0][1]
    assert found["enterprise_connections"] == [
        ("problem", "Whoever signs in by Clerk's connection Acme SSO becomes a member of acme/production again.")
    ]
    assert found["invitations"] == [("warning", "Invitations into acme/production that are pending: 1 (ex@acme.example).")]
    assert ("problem", "Anybody with an address at acme.example gets into acme/production (automatic_invitation).") in found[
        "organization_domains"
    ]


async def test_a_password_of_one_of_ours_is_found_and_that_of_a_stranger_is_not(house: House) -> None:
    with client(house.sandbox) as api:
        _made(api.post("/users", json={"email_address": ["x@else.example"], "password": "correct horse battery"}))
        assert (await _doctor(house))["sign_in_means"][0][0] == "ok"
        user = house.clerk_user("p000")["id"]
        _made(api.patch(f"/users/{user}", json={"password": "correct horse battery"}))
    assert (await _doctor(house))["sign_in_means"] == [
        ("warning", "Ways past the customer's IdP that 3 people looked at have: a password 1.")
    ]


async def test_a_workspace_that_is_full_or_gone_is_found(house: House) -> None:
    organization = house.organization("production")
    with client(house.sandbox) as api:
        _made(api.patch(f"/organizations/{organization}", json={"max_allowed_memberships": 3}))
        assert (await _doctor(house))["member_caps"] == [
            ("warning", "acme/production holds 3: 3 members, 0 invited, 0 still to come.")
        ]
        _made(api.delete(f"/organizations/{organization}"))
    found = await _doctor(house, code=1)
    assert found["workspaces"] == [("problem", f"acme/production: Clerk has no organization {organization}.")]


async def test_who_is_out_and_can_still_sign_in_is_counted(house: House) -> None:
    boss = await house.user("boss")
    await house.group("owners", boss)
    gone = await house.user("gone")
    await house.group("admins", gone)
    await house.idle()
    await house.deactivate(gone)
    await house.idle()
    [(verdict, sentence)] = (await _doctor(house))["deactivated_people"]
    assert (verdict, sentence[-4:]) == ("warning", ": 1.")


async def test_a_house_with_an_issuer_of_another_instance_is_told_so(house: House, sandboxes: Any) -> None:
    other = sandboxes(house.folder / "other")
    told = await command_line.run(house, "clerk", "doctor", code=1, CLERK_JWT_ISSUER_DOMAIN=other.url)
    assert "publishes other keys than this instance signs with" in told
