"""`drift`: what people read of what was done by hand in Clerk, what scripts get, and the way back."""

from typing import Any

import orjson

from tests.support.by_hand import Houses, add, give, group_id, guest, remove, scim_id, staffed, swept
from tests.support.command_line import invoke, json, run
from tests.support.house import House


def _kinds(found: Any, workspace: str = "production") -> dict[str, str]:
    place = next(one for one in found["workspaces"] if one["workspace"] == workspace)
    return {one["email"].partition("@")[0]: one["kind"] for one in place["differences"]}


async def _drift(house: House, *words: str, code: int) -> Any:
    return orjson.loads(await run(house, "drift", "--json", *words, code=code))


async def test_where_nobody_did_anything_it_says_so_in_two_calls(houses: Houses) -> None:
    house = await staffed(houses)
    said = await run(house, "drift")
    organization = house.organization("production")
    assert said.splitlines() == [
        f"production ({organization}, Production): 5 members, 5 ours, 0 never linked, 0 by hand, 0 not as decided yet",
        "Nobody was changed by hand.",
    ]
    assert sum(house.sandbox.calls().values()) == 2


async def test_every_kind_of_hand_edit_is_told_with_state_and_cause(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    await give(house, "bo", "org:viewer")
    await give(house, "cy", "org:admin")
    await remove(house, "di")
    await add(house, "di", "org:editor")
    await guest(house)
    house.sandbox.reset_calls()
    found = await _drift(house, code=1)
    assert _kinds(found) == {"mia": "removed", "bo": "lowered", "cy": "raised", "di": "remade", "guest": "never_linked"}
    told = {one["email"].partition("@")[0]: one for one in found["workspaces"][0]["differences"]}
    assert (told["mia"]["decided"], told["mia"]["in_clerk"], told["mia"]["state"]) == ("editor", None, "drifted")
    assert (told["bo"]["in_clerk"], told["bo"]["cause"]) == ("viewer", "was lowered by hand in Clerk")
    assert (told["cy"]["in_clerk"], told["cy"]["cause"]) == ("admin", "was raised by hand in Clerk")
    assert (told["di"]["state"], told["di"]["cause"]) == ("left_alone", "was made anew by hand")
    assert (told["guest"]["person"], told["guest"]["display"], told["guest"]["state"]) == (None, "Gus", "left_alone")
    assert (found["drifted"], found["repairable"]) == (4, 4)
    assert house.roles()["cy"] == {"production": "admin"}  # nothing was changed by looking
    said = await run(house, "drift", "--workspace", "production", code=1)
    assert "5 members, 4 ours, 1 never linked, 4 by hand, 0 not as decided yet" in said
    assert "4 differences by hand. `inferpipe-bridge drift --repair` restores what is decided." in said
    assert [line.split()[0] for line in said.splitlines()[2:7]][-1] == "guest@elsewhere.example"


async def test_a_repair_restores_what_is_decided_and_touches_nobody_elses(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    await give(house, "bo", "org:viewer")
    await give(house, "cy", "org:admin")
    await guest(house)
    said = await run(house, "drift", "--repair", "--yes")
    assert said.splitlines()[-1] == "3 people will be as decided: the running service does the rest."
    await house.idle()
    assert house.roles() == {
        "ada": {"production": "owner"},
        **{name: {"production": "editor"} for name in ("mia", "bo", "cy", "di")},
        "guest": {"production": "admin"},
    }
    events = await house.audit("person.repaired")
    assert {event.actor.partition(":")[0] for event in events} == {"cli"}
    assert sorted(event.facts["differences"][0]["kind"] for event in events) == ["lowered", "raised", "removed"]
    await run(house, "drift")


async def test_a_ban_by_hand_is_told_and_nothing_offers_to_repair_it(houses: Houses) -> None:
    house = await staffed(houses)
    await house.clerk("POST", f"/users/{house.clerk_user('mia')['id']}/ban")
    told = "1 difference by hand, and nothing to repair: a ban by hand stays until a hand lifts it."
    assert (await run(house, "drift", code=1)).splitlines()[-1] == told
    assert (await run(house, "drift", "--repair")).splitlines()[-1] == "Nothing to repair."
    assert (await _drift(house, code=1))["repairable"] == 0


async def test_a_hand_edit_that_stood_is_undone_by_a_repair(houses: Houses) -> None:
    house = await staffed(houses)
    await give(house, "bo", "org:viewer")
    await remove(house, "cy")
    await swept(house)
    assert _kinds(await _drift(house, code=1)) == {"bo": "stands", "cy": "stands"}
    await run(house, "drift", "--repair", "--yes")
    await house.idle()
    assert [house.roles()[name] for name in ("bo", "cy")] == [{"production": "editor"}] * 2
    assert [(await house.row(name)).state for name in ("bo", "cy")] == ["granted", "granted"]


async def test_a_repair_asks_first_and_no_means_no(houses: Houses) -> None:
    house = await staffed(houses)
    await remove(house, "mia")
    said = await run(house, "drift", "--repair", code=1)  # nobody answers
    assert "Restore what is decided for 1 person?" in said
    await house.idle()
    assert "mia" not in house.roles()


async def test_a_repair_that_takes_too_much_is_held_by_the_brake(houses: Houses) -> None:
    house = await staffed(houses, brake={"people": 1, "percent": 0, "within": "15m"})
    for name in ("mia", "bo", "cy"):
        await give(house, name, "org:admin")
    await run(house, "drift", "--repair", "--yes")
    await house.idle()
    assert sorted(house.roles()[name]["production"] for name in ("mia", "bo", "cy")) == ["admin", "admin", "editor"]
    assert [hold.people for hold in await house.open_holds()] == [2]


async def test_a_banned_person_is_told_and_stays_banned(houses: Houses) -> None:
    house = await staffed(houses)
    await house.clerk("POST", f"/users/{house.clerk_user('mia')['id']}/ban", {})
    assert _kinds(await _drift(house, code=1)) == {"mia": "banned"}
    found = await _drift(house, "--repair", "--yes", code=0)
    assert (found["repairable"], found["repaired"]) == (0, 0)
    await house.idle()
    assert house.clerk_user("mia")["banned"] is True


async def test_a_deleted_user_is_told_and_made_again_by_a_repair(houses: Houses) -> None:
    house = await staffed(houses)
    await house.clerk("DELETE", f"/users/{house.clerk_user('mia')['id']}")
    assert _kinds(await _drift(house, code=1)) == {"mia": "user_gone"}
    await run(house, "drift", "--repair", "--yes")
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}


async def test_what_waits_is_told_with_its_state_and_is_no_drift(houses: Houses) -> None:
    house = await staffed(houses, brake={"people": 0, "percent": 0, "within": "15m"})
    await house.leave(await group_id(house, "engineers"), await scim_id(house, "mia"))
    await house.idle()
    found = await json(house, "drift")
    (line,) = found["workspaces"][0]["differences"]
    assert (line["kind"], line["state"], line["decided"], line["in_clerk"]) == ("waits", "held", None, "editor")


async def test_an_organization_that_is_gone_or_renamed_is_told(houses: Houses) -> None:
    house = await staffed(houses)
    await house.group("scientists", await scim_id(house, "mia"))
    await house.idle()
    await house.clerk("PATCH", f"/organizations/{house.organization('production')}", {"name": "Live"})
    assert "your files call it Production; it stays pinned by its id" in await run(house, "drift")
    await house.clerk("DELETE", f"/organizations/{house.organization('live')}")
    found = await _drift(house, code=1)
    assert {one["workspace"]: one["missing"] for one in found["workspaces"]} == {"production": True, "research": False}
    assert "MISSING" in await run(house, "drift", code=1)


async def test_a_workspace_that_nobody_knows_is_named_with_those_that_are(houses: Houses) -> None:
    house = await staffed(houses)
    assert "Known: production." in await run(house, "drift", "--workspace", "prod", code=1)


def test_a_script_that_repairs_must_say_yes() -> None:
    assert "say --yes" in invoke("drift", "--repair", "--json", code=2).output
