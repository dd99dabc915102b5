"""`inferpipe-bridge explain`: every reason of one person, and what other facts or another file would change."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import yaml

from tests.support.command_line import json, run
from tests.support.house import RULES, House

Houses = Callable[..., Awaitable[House]]
MIA = "mia@acme.example"
LIMIT = {"name": "Contractors", "when": {"attribute": {"userType": "Contractor"}}, "at_most": "editor"}


async def _mia(houses: Houses, *groups: str, mapping: dict[str, Any] | None = None, **keys: Any) -> tuple[House, str]:
    """Mia, in these groups of a directory that has others too."""
    house = await houses(**keys)
    mia = await house.user("mia", userType="Employee")
    for name in ("engineers", "admins", "scientists"):
        await house.group(name, *([mia] if name in groups else []))
    await house.idle()
    if mapping is not None:
        house.mapping(**mapping)
        await house.until(lambda: _second_version(house))
        await house.idle()
    return house, mia


async def _second_version(house: House) -> bool:
    return bool((await json(house, "mapping", "history", "acme"))[-1]["version"] == 2)


async def _one(house: House, *words: str) -> Any:
    (found,) = (await json(house, "explain", MIA, *words))["people"]
    return found


async def _turns(house: House, *words: str) -> dict[str, tuple[str, str | None, str | None]]:
    found = await _one(house, *words)
    return {one["workspace"]: (one["kind"], one["now"], one["then"]) for one in found["what_if"]["workspaces"]}


async def _notes(house: House, *words: str) -> list[str]:
    return list((await _one(house, *words))["what_if"]["notes"])


def _file(house: House, rules: Any, name: str = "acme", **keys: Any) -> str:
    path = house.folder / "proposed.yaml"
    path.write_text(yaml.safe_dump({"connection": name, "rules": rules, **keys}, sort_keys=False), encoding="utf-8")
    return str(path)


class TestAsItIs:
    async def test_counts_come_first_then_roles_then_every_reason(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers", mapping={"limits": [LIMIT]})
        lines = (await run(house, "explain", MIA)).splitlines()
        assert lines[0].startswith("Mia Doe <mia@acme.example>   acme, active   Clerk user user_")
        assert lines[1] == "  1 workspace: 1 granted"
        assert lines[2].split() == ["workspace", "decided", "in", "Clerk", "because"]
        assert '"Engineers" <- group engineers, since' in lines[3]
        assert lines[4].startswith(
            "  rules   1 rule of 5 matches; 0 limits of 1 cut something; version 2, in service since "
        )
        assert lines[5] == "  groups  engineers"
        assert "userType Employee" in lines[6]
        assert lines[7] == "  matched"
        assert lines[8].split() == [
            "line",
            *lines[8].split()[1:2],
            '"Engineers"',
            "production:",
            "editor",
            "<-",
            "group",
            "engineers",
        ]
        assert lines[9] == "  not matched, nearest first (1 more with --all)"
        assert lines[13] == "  limits"
        assert lines[14].endswith('"Contractors"  does not concern them: userType is Employee, not Contractor')

    async def test_all_shows_every_rule(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        short, long = await run(house, "explain", MIA), await run(house, "explain", MIA, "--all")
        assert [f'"{rule["name"]}"' in long for rule in RULES] == [True] * 5
        assert sum(f'"{rule["name"]}"' in short for rule in RULES) == 4

    async def test_json_has_every_rule_limit_and_fact(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers", mapping={"limits": [LIMIT]})
        found = await _one(house)
        assert found["what_if"] is None
        (account,) = found["accounts"]
        assert (account["version"], account["problem"], account["not_sent"]) == (2, None, [])
        (group,) = account["facts"]["groups"]
        assert (group["name"], group["through"], group["ambiguous"]) == ("engineers", None, False)
        assert account["facts"]["attributes"]["userType"] == ["Employee"]
        assert {one["rule"]: one["matched"] for one in account["rules"]} == {
            rule["name"]: rule["name"] == "Engineers" for rule in RULES
        }
        assert [(one["limit"], one["concerns"], one["cuts"]) for one in account["limits"]] == [("Contractors", False, [])]
        assert account["decision"]["grants"]["production"]["role"] == "editor"

    async def test_a_limit_that_cuts_stands_with_the_role_and_with_the_limits(self, houses: Houses) -> None:
        limit = {**LIMIT, "when": {"group": "engineers"}, "at_most": "viewer", "in": ["production"]}
        house, _ = await _mia(houses, "engineers", mapping={"limits": [limit]})
        (row,) = (await _one(house))["workspaces"]
        assert (row["decided"], [cut["rule"] for cut in row["cut"]]) == ("viewer", ["Contractors"])
        text = await run(house, "explain", MIA)
        assert "; cut by line" in text
        assert '"Contractors"  cuts production editor -> viewer <- group engineers' in text

    async def test_what_a_limit_leaves_nothing_of_is_shown_as_denied(self, houses: Houses) -> None:
        limit = {**LIMIT, "when": {"group": "engineers"}, "at_most": "none"}
        house, _ = await _mia(houses, "engineers", mapping={"limits": [limit]}, mode="additive")
        assert "  denied  production: editor by rules, nothing after the limits" in await run(house, "explain", MIA)

    async def test_a_state_that_is_not_granted_says_what_ends_it(self, houses: Houses) -> None:
        house, mia = await _mia(houses, "engineers", mode="additive")
        await house.deactivate(mia)
        await house.idle()
        (row,) = (await _one(house))["workspaces"]
        assert (row["state"], row["cause"]) == ("retained", "additive mode: nothing is taken away")
        assert f"  retained: {row['next']}" in await run(house, "explain", MIA)

    async def test_an_address_of_two_people_shows_both_and_what_settles_it(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        email = [{"value": MIA, "type": "work", "primary": True}]
        await house.user("double", emails=email)
        await house.idle()
        found = (await json(house, "explain", MIA))["people"]
        assert [one["person"]["conflict"] for one in found] == [f"{MIA} belongs to two active accounts of acme"] * 2
        assert [one["workspaces"][0]["state"] if one["workspaces"] else None for one in found] == ["conflict", None]
        text = await run(house, "explain", MIA)
        assert text.startswith(f"{MIA} is 2 people here.\n")
        assert text.count("nothing is given or taken meanwhile; end one of the accounts in the IdP") == 2
        assert "Double Doe" in text

    async def test_two_accounts_of_one_person_are_both_explained(self, houses: Houses) -> None:
        house = await _two_connections(houses)
        found = await _one(house)
        assert [account["connection"] for account in found["accounts"]] == ["acme", "beta"]
        text = await run(house, "explain", MIA)
        assert "  beta, Mia Doe <mia@acme.example>" in text

    async def test_nobody_is_answered_with_who_may_have_been_meant(self, houses: Houses) -> None:
        house, _ = await _mia(houses)
        assert "hint: Did you mean mia@acme.example?" in await run(house, "explain", "mai@acme.example", code=1)
        assert "hint: Did you mean mia@acme.example?" in await run(house, "explain", "mia doe", code=1)
        assert "hint: Give an e-mail address or an id." in await run(house, "explain", "zoltan@other.org", code=1)


class TestWhatIf:
    async def test_another_group_changes_roles_and_nothing_in_the_directory_or_at_clerk(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        before = house.sandbox.state(), await house.audit("membership.added")
        assert await _turns(house, "--if", "+ADMINS", "--if", "+scientists") == {
            "production": ("raised", "editor", "admin"),
            "research": ("gains", None, "editor"),
        }
        await house.idle()
        assert (house.sandbox.state(), await house.audit("membership.added")) == before
        assert house.roles() == {"mia": {"production": "editor"}}

    async def test_the_text_says_first_what_would_change_and_that_nothing_has(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        lines = (await run(house, "explain", MIA, "--if", "+scientists", "--if", "-engineers")).splitlines()
        assert lines[1] == "  if +scientists, -engineers: 2 workspaces change, 0 do not. Nothing has been changed."
        assert [line.split()[:4] for line in lines[3:5]] == [
            ["production", "editor", "-", "loses"],
            ["research", "-", "editor", "gains"],
        ]
        assert lines[3].endswith('"Engineers": not in group engineers')
        assert lines[4].endswith('"Scientists" <- group scientists')
        assert "may be held" in lines[5]
        assert lines[6] == "  as it would be:"

    @pytest.mark.parametrize(
        "change", [("+admins",), ("-engineers",), ("+scientists", "-engineers"), ("+admins", "-engineers")]
    )
    async def test_what_it_says_is_what_the_worker_then_does(self, houses: Houses, change: tuple[str, ...]) -> None:
        house, mia = await _mia(houses, "engineers")
        words = [word for one in change for word in ("--if", one)]
        then = {name: role for name, (_, _, role) in (await _turns(house, *words)).items() if role}
        groups = {one["displayName"]: one["id"] for one in (await house.scim("GET", "/Groups"))[1]["Resources"]}
        for one in change:
            await (house.join if one[0] == "+" else house.leave)(groups[one[1:]], mia)
        await house.idle()
        assert house.roles().get("mia", {}) == then

    async def test_a_group_brings_those_it_is_nested_in_and_takes_them_away_again(self, houses: Houses) -> None:
        house, mia = await _mia(houses)
        team = await house.group("team")
        await house.group("owners", team)
        assert await _turns(house, "--if", "+team") == {"production": ("gains", None, "owner")}
        reasons = (await _one(house, "--if", "+team"))["what_if"]["workspaces"][0]["why"]
        assert reasons[0].endswith('"Owners" <- group owners (through team)')
        await house.join(team, mia)
        await house.idle()
        assert await _turns(house, "--if", "-team") == {"production": ("loses", "owner", None)}
        assert await _notes(house, "--if", "-owners") == ["acme: still in owners, through team"]

    async def test_leaving_a_group_that_also_comes_another_way_keeps_it(self, houses: Houses) -> None:
        house, mia = await _mia(houses)
        team = await house.group("team", mia)
        await house.group("owners", team, mia)
        await house.idle()
        assert await _turns(house, "--if", "-owners") == {"production": ("unchanged", "owner", "owner")}
        assert await _turns(house, "--if", "-owners", "--if", "-team") == {"production": ("loses", "owner", None)}

    async def test_a_group_the_directory_lacks_is_supposed_and_that_is_said(self, houses: Houses) -> None:
        house, _ = await _mia(houses)
        assert await _turns(house, "--if", "+owners") == {"production": ("gains", None, "owner")}
        assert await _notes(house, "--if", "+owners") == ["acme has no group owners; answered as if there were one"]
        assert await _notes(house, "--if", "+enginers") == [
            "acme has no group enginers (is engineers meant?); answered as if there were one"
        ]

    async def test_a_group_may_be_named_by_its_id_or_as_the_file_binds_it(self, houses: Houses) -> None:
        house, _ = await _mia(houses)
        admins = next(one for one in (await house.scim("GET", "/Groups"))[1]["Resources"] if one["displayName"] == "admins")
        assert await _turns(house, "--if", f"+{admins['id']}") == {"production": ("gains", None, "admin")}
        rules = [{"name": "Bosses", "when": {"group": "The bosses"}, "grant": {"research": "admin"}}]
        file = _file(house, rules, groups={"The bosses": admins["id"]})
        assert await _turns(house, "--if", "+the bosses", "--file", file) == {"research": ("gains", None, "admin")}
        assert await _notes(house, "--if", "+the bosses", "--file", file) == []

    async def test_a_name_of_two_groups_must_be_an_id(self, houses: Houses) -> None:
        house, _ = await _mia(houses, directory={"scim": {"unique_group_names": False}})
        ids = [await house.group("team"), await house.group("team")]
        text = await run(house, "explain", MIA, "--if", "+team", code=1)
        assert "acme has 2 groups called team." in text
        assert all(id in text for id in ids)
        assert await _notes(house, "--if", f"+{ids[0]}") == []

    async def test_joining_twice_and_leaving_what_one_is_not_in_say_so(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        assert await _notes(house, "--if", "+engineers", "--if", "-enginers") == [
            "acme: in engineers already",
            "acme: not in enginers (is engineers meant?), so leaving it changes nothing",
        ]
        assert await _turns(house, "--if", "+engineers") == {"production": ("unchanged", "editor", "editor")}

    async def test_attributes_are_sent_or_not_and_unknown_ones_are_said(self, houses: Houses) -> None:
        rules = [
            {"name": "Staff", "when": {"attribute": {"userType": ["Employee", "Guest"]}}, "grant": {"production": "viewer"}},
            {"name": "Grade", "when": {"attribute": {"grade": "7"}}, "grant": {"research": "viewer"}},
        ]
        house, _ = await _mia(houses, rules=rules)
        assert await _turns(house, "--if", "usertype=") == {"production": ("loses", "viewer", None)}
        assert await _turns(house, "--if", "userType=Guest") == {"production": ("unchanged", "viewer", "viewer")}
        assert await _turns(house, "--if", "userType=Nobody", "--if", "userType=guest") == {
            "production": ("unchanged", "viewer", "viewer")
        }
        assert (await _turns(house, "--if", "grade=7"))["research"] == ("gains", None, "viewer")
        assert await _notes(house, "--if", "grade=7") == ["acme reads no attribute grade; answered as if it did"]

    async def test_another_address_counts_for_domains(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        found = (await _one(house, "--if", "email=mia@elsewhere.org"))["what_if"]["workspaces"][0]
        assert (found["kind"], found["then"], found["why"]) == (
            "loses",
            None,
            ["mia@elsewhere.org is outside the domains of acme"],
        )

    async def test_it_may_be_supposed_for_one_account_alone(self, houses: Houses) -> None:
        house = await _two_connections(houses)
        raised = {"production": ("raised", "editor", "admin"), "research": ("unchanged", "editor", "editor")}
        assert await _turns(house, "--if", "beta:+admins") == raised
        assert await _notes(house, "--if", "beta:+admins") == []
        assert await _turns(house, "--if", "acme:-scientists") == dict.fromkeys(raised, ("unchanged", "editor", "editor"))
        assert (await _turns(house, "--if", "-scientists"))["research"] == ("loses", "editor", None)
        house.connection("gamma", domains=["gamma.example"])
        assert await _notes(house, "--if", "gamma:+x") == ["gamma:+x: no account in gamma"]
        assert "There is no connection delta" in await run(house, "explain", MIA, "--if", "delta:+x", code=1)

    async def test_another_file_changes_roles_and_rules_that_went_are_named(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        rules = [{"name": "Readers", "when": {"group": "engineers"}, "grant": {"research": "viewer"}}]
        file = _file(house, rules)
        assert await _turns(house, "--file", file) == {
            "production": ("loses", "editor", None),
            "research": ("gains", None, "viewer"),
        }
        text = await run(house, "explain", MIA, "--file", file)
        assert f"if {file} were in service: 2 workspaces change" in text
        assert '"Engineers" is in the file no more' in text
        assert "a file that is not in service" in text
        assert (await _turns(house, "--file", file, "--if", "-engineers"))["production"] == ("loses", "editor", None)

    async def test_a_file_with_errors_is_told_and_answers_nothing(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        file = _file(house, [{"name": "x", "when": {"group": "y"}, "grant": {"prodution": "viewer"}}])
        text = await run(house, "explain", MIA, "--file", file, code=1)
        assert "did you mean production?" in text
        assert "has errors, so it could not be in service" in text
        assert "can't be read" in await run(house, "explain", MIA, "--file", "nowhere.yaml", code=1)

    async def test_a_file_of_a_connection_without_an_account_says_so(self, houses: Houses) -> None:
        house, _ = await _mia(houses, "engineers")
        house.connection("beta", domains=["beta.example"])
        file = _file(house, [], name="beta")
        assert await _notes(house, "--file", file) == [
            f"{file} is for beta, in which this person has no account: it changes nothing here"
        ]

    async def test_what_keeps_every_supposition_from_having_any_effect_is_said(self, houses: Houses) -> None:
        house, mia = await _mia(houses, "engineers")
        await house.deactivate(mia)
        await house.idle()
        assert await _notes(house, "--if", "+admins") == ["acme: the account is inactive, so it gets nothing"]
        await house.reactivate(mia)
        await run(house, "revoke", MIA)
        await house.idle()
        (note,) = await _notes(house, "--if", "+admins")
        assert note.startswith("revoked by cli:")

    async def test_a_gain_that_would_only_be_observed_says_so(self, houses: Houses) -> None:
        house, _ = await _mia(houses, mode="observe")
        text = await run(house, "explain", MIA, "--if", "+admins")
        assert "gains" in text
        assert "observe mode: reported, not applied" in text

    @pytest.mark.parametrize("text", ["engineers", "+", "=x", "+ ", ""])
    async def test_a_supposition_that_says_nothing_is_refused(self, houses: Houses, text: str) -> None:
        house, _ = await _mia(houses)
        assert "supposes nothing" in await run(house, "explain", MIA, "--if", text, code=1)


async def _two_connections(houses: Houses) -> House:
    """Mia has an account in acme, as an engineer, and one in beta, with which acme shares its domain, as a scientist."""
    house = await houses()
    await house.stop()
    house.connection(shared_with=["beta"])
    house.connection("beta", domains=["beta.example"], customer="Acme")
    house.mapping("beta")
    await house.start()
    email = [{"value": MIA, "type": "work", "primary": True}]
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    await house.group("scientists", await house.user("mia", connection="beta", emails=email), connection="beta")
    await house.group("admins", connection="beta")
    await house.idle()
    return house
