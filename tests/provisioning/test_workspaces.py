"""Workspaces: found or made once and pinned, never more than allowed, and each blocked on its own (rule R10)."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.clerk import memberships, organizations
from bridge.clerk.errors import ClerkError, PlanForbids, Quota
from bridge.people import workspaces
from bridge.sandbox.testing import RunningSandbox
from bridge.store.migrate import migrate
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
ADD = "POST /v1/organizations/{organization_id}/memberships"
STAR = [{"name": "Labs", "when": {"group_like": "lab-{workspace}"}, "grant": {"{workspace}": "editor"}}]


def made(house: House) -> list[str]:
    """The names of all organizations, in order."""
    return sorted(one["name"] for one in house.sandbox.state()["organizations"])


async def full(house: House, members: int) -> None:
    """Production takes so many members and no more."""
    path = f"/organizations/{house.organization('production')}"
    await house.clerk("PATCH", path, {"max_allowed_memberships": members})


async def rows(house: House) -> dict[str, workspaces.Workspace]:
    found = await house.parts.database.read(lambda tx: workspaces.all_of(tx, "main"))
    return {one.reference: one for one in found.values()}


# --- found or made once


async def test_what_is_made_says_in_its_private_metadata_which_workspace_it_is(houses: Houses) -> None:
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    (one,) = house.sandbox.state()["organizations"]
    assert one["private_metadata"] == {
        "inferpipe_bridge_workspace": "Acme/Production",
        "inferpipe_bridge_customer": "Acme",
        "inferpipe_bridge_alias": "production",
    }
    assert (one["public_metadata"], one["name"]) == ({}, "Production")


async def test_many_people_at_once_make_one(houses: Houses) -> None:
    house = await houses()
    await house.people(12, "engineers")
    assert made(house) == ["Production"]
    assert house.sandbox.calls()["POST /v1/organizations"] == 1


async def test_a_lost_database_finds_the_workspaces_again(houses: Houses, sandbox: RunningSandbox) -> None:
    house = await houses()
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    await house.stop()
    lost = House(house.folder, sandbox, f"sqlite:///{house.folder / 'other.db'}")
    migrate(lost.database_url)
    await lost.start()
    try:
        await lost.group("engineers", await lost.user("mia"))
        await lost.idle()
        assert (made(lost), lost.roles()) == (["Production"], {"mia": {"production": "editor"}})
    finally:
        await lost.stop()


async def test_one_of_that_name_that_is_not_ours_is_not_taken(houses: Houses) -> None:
    house = await houses()
    await house.clerk("POST", "/organizations", {"name": "Production"})
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    assert made(house) == ["Production", "Production"]


async def test_two_connections_of_one_customer_share_what_they_make(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    house.connection("acme-two", customer="Acme")
    house.mapping("acme-two")
    await house.start()
    await house.group("engineers", await house.user("mia"))
    await house.group("engineers", await house.user("bo", connection="acme-two"), connection="acme-two")
    await house.idle()
    assert made(house) == ["Production"]
    assert house.roles() == {"mia": {"production": "editor"}, "bo": {"production": "editor"}}


async def test_a_slug_is_resolved_once_and_its_id_counts_from_then_on(houses: Houses) -> None:
    house = await houses(workspaces={"production": "acme-live", "research": {"create": "Research"}})
    live = await house.clerk("POST", "/organizations", {"name": "Live", "slug": "acme-live"})
    mia, bo = await house.user("mia"), await house.user("bo")
    engineers = await house.group("engineers", mia)
    await house.idle()
    await house.clerk("PATCH", f"/organizations/{live['id']}", {"slug": "another", "name": "Another"})
    house.sandbox.reset_calls()
    await house.join(engineers, bo)
    await house.idle()
    assert house.roles() == {"mia": {"another": "editor"}, "bo": {"another": "editor"}}
    assert "GET /v1/organizations/{organization_id}" not in house.sandbox.calls()


# --- "*" makes so many and no more


async def test_a_star_makes_at_most_so_many_however_many_come_at_once(houses: Houses) -> None:
    house = await houses(STAR, workspaces={"*": {"create": "Lab {alias}", "at_most": 3, "ceiling": "editor"}})
    for number in range(8):
        await house.group(f"lab-{number}", await house.user(f"p{number}"))
    await house.idle()
    assert len(made(house)) == 3
    states = Counter([(await house.row(f"p{number}", str(number))).state for number in range(8)])
    assert states == {"granted": 3, "blocked": 5}
    assert {one.blocked_code for one in (await rows(house)).values()} == {None, "too_many_workspaces"}


async def test_a_raised_at_most_lets_the_others_be_made(houses: Houses) -> None:
    star = {"create": "Lab {alias}", "ceiling": "editor"}
    house = await houses(STAR, workspaces={"*": {**star, "at_most": 1}})
    for number in range(2):
        await house.group(f"lab-{number}", await house.user(f"p{number}"))
    await house.idle()
    assert len(made(house)) == 1
    await house.stop()
    house.connection(workspaces={"*": {**star, "at_most": 2}})
    await house.start()
    house.clock.jump(61)

    async def both() -> bool:
        return len(made(house)) == 2

    await house.until(both)
    await house.idle()
    assert house.roles() == {"p0": {"lab 0": "editor"}, "p1": {"lab 1": "editor"}}


async def test_one_that_clerk_refused_to_make_takes_no_place_of_the_star(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await houses(STAR, workspaces={"*": {"create": "{alias}", "at_most": 1, "ceiling": "editor"}})
    create = organizations.create

    async def picky(api: Any, name: str, *rest: Any, **more: Any) -> Any:
        if name == "red":
            raise ClerkError("form_param_format_invalid", "No red ones.", status=422)
        return await create(api, name, *rest, **more)

    monkeypatch.setattr(organizations, "create", picky)
    await house.group("lab-red", await house.user("p0"))
    await house.idle()
    assert (made(house), (await house.row("p0", "red")).state) == ([], "blocked")
    await house.group("lab-green", await house.user("p1"))
    await house.idle()
    assert made(house) == ["green"]


# --- blocked on its own


@pytest.mark.parametrize("reference", ["org_000000000000000000000000000", "no-such-slug"])
async def test_one_that_is_not_there_blocks_only_itself(houses: Houses, reference: str) -> None:
    house = await houses(workspaces={"production": reference, "research": {"create": "Research"}})
    await house.group("everything", await house.user("mia"))
    await house.idle()
    assert house.roles() == {"mia": {"research": "viewer"}}
    row = await house.row("mia")
    assert (row.state, (await rows(house))[reference].blocked_code) == ("blocked", "workspace_missing")
    assert reference in (row.cause or "")


async def test_a_role_that_clerk_lacks_blocks_only_the_workspaces_where_it_is_given(houses: Houses) -> None:
    house = await houses()
    await house.stop()
    (house.folder / "config" / "bridge.yaml").write_text("roles: {viewer: 'org:guest'}\n", encoding="utf-8")
    await house.start()
    await house.group("scientists", await house.user("bo"))
    await house.idle()
    await house.group("everything", await house.user("cy"))
    await house.idle()
    assert house.roles() == {"bo": {"research": "editor"}}
    assert [(await house.row("cy", name)).state for name in ("production", "research")] == ["blocked", "blocked"]


@pytest.mark.parametrize(
    "error",
    [
        PlanForbids("unsupported_subscription_plan_features", "The plan has no more.", status=402),
        Quota("organization_quota_exceeded", "No more organizations.", status=403),
        ClerkError("organization_not_enabled_in_instance", "Organizations are off.", status=403),
    ],
    ids=lambda error: error.code,
)
async def test_whatever_clerk_says_against_one_stops_no_other(
    houses: Houses, error: ClerkError, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await houses()
    await house.group("owners", await house.user("ada"))
    await house.idle()
    production, add = house.organization("production"), memberships.add

    async def refused(api: Any, organization: str, *rest: Any, **more: Any) -> Any:
        if organization == production:
            raise error
        return await add(api, organization, *rest, **more)

    monkeypatch.setattr(memberships, "add", refused)
    await house.group("everything", await house.user("mia"))
    await house.idle()
    assert house.roles()["mia"] == {"research": "viewer"}
    row, one = await house.row("mia"), (await rows(house))["Acme/Production"]
    assert (row.state, row.cause, one.blocked_code) == ("blocked", error.sentence, error.code)


async def test_a_minute_later_one_of_those_who_wait_tries_and_no_more(houses: Houses) -> None:
    house = await houses(brake={"people": 100, "percent": 100, "within": "15m"})
    first = await house.user("first")
    engineers = await house.group("engineers", first)
    await house.idle()
    await full(house, 1)
    await house.join(engineers, *[await house.user(f"p{number}") for number in range(6)])
    await house.idle()
    for _ in range(3):
        house.sandbox.reset_calls()
        house.clock.jump(61)
        await _tried(house)
        await house.idle()
        assert house.sandbox.calls()[ADD] == 1
    assert [(await house.row(f"p{number}")).state for number in range(6)] == ["blocked"] * 6
    assert len(await house.audit("workspace.blocked")) <= 6  # said when it began, not each minute


async def _tried(house: House) -> None:
    async def called() -> bool:
        return ADD in house.sandbox.calls()

    await house.until(called)


async def test_everybody_who_is_due_in_the_same_minute_leaves_the_trial_to_one(houses: Houses) -> None:
    house = await houses()
    engineers = await house.group("engineers", await house.user("first"))
    await house.idle()
    await full(house, 1)
    ids = [await house.user(f"p{number}") for number in range(6)]
    await house.join(engineers, *ids)
    await house.idle()
    house.sandbox.reset_calls()
    house.clock.jump(61)
    await house.group("scientists", *ids)
    await house.idle()
    calls = house.sandbox.calls()
    assert calls[ADD] == 7  # research for six, and one trial of production
    assert [house.roles()[f"p{number}"] for number in range(6)] == [{"research": "editor"}] * 6


async def test_when_it_is_open_again_everybody_who_waits_follows(houses: Houses) -> None:
    house = await houses()
    engineers = await house.group("engineers", await house.user("first"))
    await house.idle()
    await full(house, 1)
    await house.join(engineers, *[await house.user(f"p{number}") for number in range(6)])
    await house.idle()
    await full(house, 100)
    house.clock.jump(61)

    async def everybody() -> bool:
        return len(house.roles()) == 7

    await house.until(everybody)
    await house.idle()
    assert [(await house.row(f"p{number}")).state for number in range(6)] == ["granted"] * 6
    assert (await rows(house))["Acme/Production"].blocked_code is None


async def test_who_was_told_of_the_block_while_it_ended_is_due_too(houses: Houses) -> None:
    house = await houses()
    engineers = await house.group("engineers", await house.user("first"))
    await house.idle()
    await full(house, 1)
    await house.join(engineers, await house.user("late"))
    await house.idle()
    await full(house, 100)
    now = house.clock()
    pk = (await rows(house))["Acme/Production"].pk
    await house.parts.database.write(lambda tx: workspaces.unblock(tx, pk, now=now))  # by somebody who did not see `late`

    async def followed() -> bool:
        return "late" in house.roles()

    await house.until(followed)
    await house.idle()
    assert (await house.row("late")).state == "granted"


async def test_of_losses_too_one_tries_after_the_minute(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses(brake={"people": 100, "percent": 100, "within": "15m"})
    ids = await house.people(6, "engineers")
    (group,) = (await house.scim("GET", "/Groups"))[1]["Resources"]
    tried: list[str] = []

    async def refused(api: Any, organization: str, user: str, **more: Any) -> None:
        tried.append(user)
        raise PlanForbids("unsupported_subscription_plan_features", "The plan has no more.", status=402)

    remove = memberships.remove
    monkeypatch.setattr(memberships, "remove", refused)
    await house.leave(group["id"], ids[0])
    await house.idle()
    house.clock.jump(61)
    tried.clear()
    monkeypatch.setattr("bridge.people.workspaces.PROBE_MS", 3_600_000)
    for id in ids[1:5]:
        await house.leave(group["id"], id)
    await house.idle()
    assert len(tried) == 1
    monkeypatch.setattr(memberships, "remove", remove)
    house.clock.jump(3_601)

    async def gone() -> bool:
        return len(house.roles()) == 1

    await house.until(gone)
    await house.idle()
    assert (await rows(house))["Acme/Production"].blocked_code is None


async def test_one_that_was_deleted_is_noticed_by_the_next_who_joins_and_is_not_made_again(houses: Houses) -> None:
    house = await houses()
    engineers = await house.group("engineers", await house.user("mia"))
    await house.idle()
    gone = house.organization("production")
    await house.clerk("DELETE", f"/organizations/{gone}")
    await house.join(engineers, await house.user("bo"))
    await house.idle()
    row, one = await house.row("bo"), (await rows(house))["Acme/Production"]
    assert (row.state, one.blocked_code, one.organization) == ("blocked", "workspace_missing", gone)
    assert "`inferpipe-bridge workspaces forget`" in (row.cause or "")
    assert made(house) == []


# --- ceilings


async def test_a_capture_past_the_ceiling_of_its_workspace_gives_nothing(houses: Houses) -> None:
    rules = [{"name": "Labs", "when": {"group_like": "lab-{workspace}-{role}"}, "grant": {"{workspace}": "{role}"}}]
    house = await houses(rules, workspaces={"*": {"create": "Lab {alias}", "ceiling": "editor"}})
    mia, bo = await house.user("mia"), await house.user("bo")
    await house.group("lab-green-admin", mia)
    await house.group("lab-green-viewer", bo)
    await house.idle()
    assert house.roles() == {"bo": {"lab green": "viewer"}}


async def test_a_lowered_ceiling_lets_the_rules_decide_nobody_until_they_fit_it(houses: Houses) -> None:
    house = await houses()
    admins = await house.group("admins", await house.user("mia"))
    await house.idle()
    await house.stop()
    lowered = {"production": {"create": "Production", "ceiling": "editor"}, "research": {"create": "Research"}}
    house.connection(workspaces=lowered)
    await house.start()
    await house.join(admins, await house.user("bo"))
    house.clock.jump(1)

    async def told() -> bool:
        return (await house.explain("bo@acme.example")).accounts[0].problem is not None

    await house.until(told)
    assert house.roles() == {"mia": {"production": "admin"}}


async def test_nobody_becomes_a_user_for_a_workspace_that_somebody_else_is_just_trying(houses: Houses) -> None:
    house = await houses(workspaces={"production": {"id": "nowhere"}, "research": {"create": "Research"}})
    people = [await house.user(f"p{number}") for number in range(4)]
    await house.group("engineers", *people)
    await house.idle()
    for _ in range(3):
        await house.jump(61)
    assert house.sandbox.state()["users"] == []
    told = [(await house.explain(f"p{number}@acme.example")).workspaces for number in range(4)]
    assert [[row.state for row in rows] for rows in told] == [["blocked"]] * 4
