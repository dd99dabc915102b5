"""What our own rows tell a doctor: counted in a running service, on SQLite and on PostgreSQL."""

from collections.abc import Awaitable, Callable

from sqlalchemy import text

from bridge.instance import ours
from bridge.instance.look import Ours, Webhooks
from bridge.people import workspaces
from scim.ports import Tx
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
_EVENT = text(
    """INSERT INTO clerk_event (id, clerk_instance, type, at, received, facts, done)
    VALUES (:id, 'main', 'user.updated', :at, :received, '{}', :done)"""
)
_PROBLEM = text("UPDATE person SET problem = :problem WHERE email = :email")
_LOCK = text("UPDATE person SET barred = 'locked' WHERE email = :email")


async def _ours(house: House, *users: str) -> Ours:
    settings = house.parts.settings
    return await house.parts.database.read(lambda tx: ours.read(tx, settings, "main", users))


async def test_a_workspace_is_known_with_who_is_in_it_and_who_is_still_to_come(houses: Houses) -> None:
    house = await houses()
    await house.people(3, "engineers")
    [production, research] = sorted((await _ours(house)).governed, key=lambda one: one.reference)
    assert (production.names, production.decided, production.coming) == (("acme/production",), 3, 0)
    assert production.organization == house.organization("production")
    assert (research.organization, research.decided) == (None, 0)


async def test_people_who_wait_for_a_blocked_workspace_are_still_to_come(houses: Houses) -> None:
    house = await houses()
    await house.people(1, "engineers")
    organization = house.organization("production")
    await house.clerk("PATCH", f"/organizations/{organization}", {"max_allowed_memberships": 1})
    second = await house.user("late")
    await house.group("admins", second)
    await house.until(lambda: _blocked(house))
    [production] = [one for one in (await _ours(house)).governed if one.organization == organization]
    assert (production.decided, production.coming) == (2, 1)
    assert production.blocked_code == "organization_membership_quota_exceeded"
    assert (await _ours(house)).refused["organization_membership_quota_exceeded"] >= 1


async def test_who_is_out_is_counted_until_they_can_not_sign_in(houses: Houses) -> None:
    house = await houses()
    await house.people(1, "engineers")
    boss = await house.user("boss")
    await house.group("owners", boss)
    gone = await house.user("gone")
    await house.group("admins", gone)
    await house.idle()
    assert (await _ours(house)).out == 0
    await house.deactivate(gone)
    await house.idle()
    found = await _ours(house)
    assert (found.out, found.locked) == (1, 0)
    await house.parts.database.write(lambda tx: tx.run(_LOCK, email="gone@acme.example"))
    found = await _ours(house)
    assert (found.out, found.locked) == (0, 1)


async def test_of_the_users_asked_for_only_our_active_people_are_named(houses: Houses) -> None:
    house = await houses()
    await house.people(2, "engineers")
    one, stranger = house.clerk_user("p000")["id"], "user_stranger"
    assert (await _ours(house, one, stranger)).people == frozenset({one})
    assert (await _ours(house)).people == frozenset()


async def test_refusals_of_people_are_counted_by_code(houses: Houses) -> None:
    house = await houses()
    await house.people(1, "engineers")
    problem = '{"code": "unsupported_subscription_plan_features", "sentence": "No."}'
    await house.parts.database.write(lambda tx: tx.run(_PROBLEM, problem=problem, email="p000@acme.example"))
    assert (await _ours(house)).refused == {"unsupported_subscription_plan_features": 1}


async def test_losses_that_wait_are_counted(houses: Houses) -> None:
    house = await houses(brake={"people": 1, "percent": 0, "within": "15m"})
    await house.people(4, "engineers")
    for user in await _users(house):
        await house.deactivate(user)
    await house.idle()
    [hold] = await house.open_holds()
    assert (await _ours(house)).held == hold.people > 1


async def test_the_last_event_and_the_oldest_that_waits_are_known(houses: Houses) -> None:
    house = await houses()
    assert (await _ours(house)).webhooks == Webhooks()

    def write(tx: Tx) -> None:
        tx.run(_EVENT, id="msg_1", at=1000, received=1500, done=None)
        tx.run(_EVENT, id="msg_2", at=2000, received=2500, done=2600)

    await house.parts.database.write(write)
    found = (await _ours(house)).webhooks
    assert (found.received, found.happened) == (2500, 2000)


async def _blocked(house: House) -> bool:
    every = await house.parts.database.read(lambda tx: workspaces.all_of(tx, "main"))
    return any(one.blocked_code for one in every.values())


async def _users(house: House) -> list[str]:
    status, found = await house.scim("GET", "/Users")
    assert status == 200
    return [one["id"] for one in found["Resources"]]
