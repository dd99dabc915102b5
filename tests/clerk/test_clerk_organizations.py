"""Organizations and who is in them, many at once: what a sweep reads, in as few calls as Clerk allows."""

import pytest

from bridge.clerk import memberships, organizations, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing
from bridge.sandbox.testing import RunningSandbox

N = Lane.NORMAL


async def _user(clerk: Api, name: str = "mia") -> users.User:
    return await users.create(clerk, f"person-{name}", f"{name}@acme.example", (name.capitalize(), "Chen"), lane=N)


async def _workspace(clerk: Api, name: str = "Production") -> str:
    return (await organizations.create(clerk, name, f"acme/{name}", lane=N)).id


async def test_members_come_with_what_clerk_shows_of_them_and_can_be_asked_for_by_name(
    clerk: Api,
) -> None:
    place, mia, bo = await _workspace(clerk), await _user(clerk), await _user(clerk, "bo")
    made = await memberships.add(clerk, place, mia.id, "org:admin", "person_1", lane=N)
    await memberships.add(clerk, place, bo.id, "org:admin", "person_1", lane=N)
    await users.ban(clerk, bo.id, lane=N)
    first, second = await memberships.everybody(clerk, place, lane=N)
    assert (first.id, first.user, first.role, first.banned) == (made.id, mia.id, "org:admin", False)
    assert (first.email, first.name, second.user, second.banned) == ("mia@acme.example", "Mia Chen", bo.id, True)
    asked = [*(f"user_{number}" for number in range(150)), mia.id]
    assert await memberships.among(clerk, place, asked, lane=N) == [first]
    assert [user.id for user in await users.by_ids(clerk, [mia.id, "user_nobody"], lane=N)] == [mia.id]
    with pytest.raises(Missing):
        await memberships.everybody(clerk, "org_nothing", lane=N)


async def test_many_organizations_are_got_by_their_ids_a_hundred_a_call(clerk: Api, sandbox: RunningSandbox) -> None:
    places = [await _workspace(clerk, f"Place {number}") for number in range(3)]
    sandbox.reset_calls()
    found = await organizations.some(clerk, [*places, *(f"org_{number}" for number in range(100))], lane=N)
    assert sorted(found) == sorted(places)
    assert sandbox.calls() == {"GET /v1/organizations": 2}


async def test_what_we_make_says_whose_it_is_and_the_oldest_of_several_is_found(clerk: Api) -> None:
    first = await organizations.create(clerk, "Lab", "acme/Lab", customer="Acme", alias="lab", lane=N)
    await organizations.create(clerk, "Lab", "acme/Lab", lane=N)
    assert await organizations.find(clerk, "Lab", "acme/Lab", lane=N) == first
    kept = (await clerk.get("/organizations/{organization}", organization=first.id, lane=N))["private_metadata"]
    assert kept == {
        organizations.REFERENCE: "acme/Lab",
        organizations.CUSTOMER: "Acme",
        organizations.ALIAS: "lab",
    }
