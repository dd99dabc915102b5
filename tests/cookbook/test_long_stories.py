"""The recipes that are about a course of events: owners who leave, invitations, auditors, a project's end, a merger."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.provisioning import timers
from bridge.settings import load
from mappings.check import check
from mappings.decide import decide
from mappings.identity import GroupFact, Identity
from tests.cookbook.page import recipes

OKTA = "config/connections/acme-okta.yaml"
MAPPING = "config/mappings/acme-okta.yaml"
BERLIN: tzinfo = ZoneInfo("Europe/Berlin")
HEIR = (OKTA, "production: acme-production", "production: {id: acme-production, last_resort_owner: it-desk@acme.example}")


async def _keys(story: Any) -> tuple[str, str, str]:
    """Ada and Ben hold the keys, Mia is of the platform team; returns the ids of Ada, Ben and of the group."""
    ada, ben, mia = [await story.person(f"{name}@acme.example") for name in ("ada", "ben", "mia")]
    await story.person("it-desk@acme.example")
    group = await story.group("inferpipe-break-glass", ada, ben)
    await story.group("platform", mia)
    await story.house.idle()
    assert story.house.roles() == {
        "ada": {"production": "owner", "research": "viewer"},
        "ben": {"production": "owner", "research": "viewer"},
        "mia": {"production": "admin", "research": "admin"},
        "it-desk": {"production": "viewer"},
    }
    return ada, ben, group


async def test_the_last_owner_who_is_deactivated_keeps_the_membership_and_cannot_use_it(cook: Any) -> None:
    story = await cook("Break-glass owners")
    ada, ben, group = await _keys(story)
    await story.house.sign_in("ada")
    for one in (ben, ada):
        await story.house.deactivate(one, connection="acme-okta")
        await story.settled()
    assert "ben" not in story.house.roles()
    assert story.house.roles()["ada"] == {"production": "owner"}
    assert story.house.clerk_user("ada")["banned"] is True
    assert [one["status"] for one in story.house.sandbox.state()["sessions"]] == ["revoked"]
    await story.shows("inferpipe-bridge explain ada@acme.example")
    await story.join(group, await story.person("new@acme.example"))
    await story.settled()
    assert "ada" not in story.house.roles()
    assert story.house.roles()["new"] == {"production": "owner", "research": "viewer"}


async def test_an_heir_becomes_owner_before_the_last_one_goes_until_another_comes(cook: Any) -> None:
    story = await cook("Break-glass owners", HEIR)
    ada, ben, group = await _keys(story)
    await story.leave(group, ben, ada)
    left = {"mia": {"production": "admin", "research": "admin"}, "it-desk": {"production": "owner"}}
    await story.until_roles_are(left)
    await story.join(group, ben)
    await story.settled()
    ben, heir = {"production": "owner", "research": "viewer"}, {"production": "viewer"}
    assert story.house.roles() == left | {"ben": ben, "it-desk": heir}


async def test_an_heir_whom_no_rule_gives_anything_is_made_a_user_first(cook: Any) -> None:
    rule = """  - name: The IT desk looks after it
    when: {email: it-desk@acme.example}
    grant: {production: viewer}
"""
    test = "given: {email: it-desk@acme.example}, expect: "
    changes = [(MAPPING, rule, ""), (MAPPING, f"{test}{{production: viewer}}", f"{test}none")]
    story = await cook("Break-glass owners", HEIR, *changes)
    ada = await story.person("ada@acme.example")
    await story.person("it-desk@acme.example")
    group = await story.group("inferpipe-break-glass", ada)
    await story.house.idle()
    await story.leave(group, ada)
    assert "ada" not in story.house.roles()
    await story.settled()
    assert story.house.roles()["it-desk"] == {"production": "owner"}
    assert (await story.row("it-desk@acme.example", "production")).state == "retained"


async def _invitations(story: Any) -> dict[str, str]:
    """Everybody of the page, invited by hand, then pushed by Okta; returns their ids and the group's."""
    for name, role in (("ada", "owner"), ("mia", "admin"), ("jonas", "viewer"), ("lee", "editor")):
        await story.invited(f"{name}@acme.example", "production", role)
    await story.invited("guest@agency.example", "production", "admin")
    await story.member("jonas", "lab", "admin")
    ids = {name: await story.person(f"{name}@acme.example") for name in ("ada", "mia", "jonas", "nina", "lee")}
    await story.group("inferpipe-owners", ids["ada"])
    await story.house.idle()  # plan lists workspaces in the order in which they were first decided about
    ids["engineering"] = await story.group("engineering", ids["mia"], ids["jonas"], ids["nina"])
    await story.settled()
    return ids


BEFORE = {
    "ada": {"production": "owner"},
    "mia": {"production": "admin"},
    "jonas": {"production": "viewer", "lab": "admin"},
    "lee": {"production": "editor"},
    "guest": {"production": "admin"},
}
ADDED = BEFORE | {
    "mia": {"production": "admin", "lab": "viewer"},
    "jonas": {"production": "editor", "lab": "admin"},
    "nina": {"production": "editor", "lab": "viewer"},
}
ENFORCED = ADDED | {"mia": {"production": "editor", "lab": "viewer"}}


async def test_invitations_become_groups_in_three_steps_and_nobody_is_surprised(cook: Any) -> None:
    story = await cook("From invitations to groups")
    ids = await _invitations(story)
    assert story.house.roles() == BEFORE
    await story.shows("inferpipe-bridge plan")
    await story.rewrite(OKTA, "mode: observe", "mode: additive")
    await story.until_roles_are(ADDED)
    assert (await story.row("mia@acme.example", "production")).state == "retained"
    await story.shows("inferpipe-bridge plan")
    await story.rewrite(OKTA, "mode: additive", "mode: enforce")
    await story.until_roles_are(ENFORCED)
    assert (await story.row("jonas@acme.example", "lab")).state == "left_alone"
    await story.shows("inferpipe-bridge who production")
    await story.leave(ids["engineering"], ids["mia"], ids["nina"])
    assert story.house.roles()["mia"] == {"production": "admin"}
    assert "nina" not in story.house.roles()
    for name in ("mia", "jonas", "lee"):
        await story.house.deactivate(ids[name], connection="acme-okta")
    await story.settled()
    assert story.house.roles() == {
        "ada": {"production": "owner"},
        "jonas": {"lab": "admin"},
        "guest": {"production": "admin"},
    }


async def test_auditors_look_at_everything_while_they_are_here_and_only_look(cook: Any) -> None:
    story = await cook("Auditors who only look", at=datetime(2027, 3, 15, 9, tzinfo=BERLIN))
    lou, mia, jonas = [await story.person(one) for one in ("lou@audit.example", "mia@acme.example", "jonas@acme.example")]
    await story.group("auditors", mia)
    await story.group("platform", lou, mia, jonas)
    await story.settled()
    looks = {"production": "viewer", "billing": "viewer"}
    assert story.house.roles() == {"lou": looks, "mia": looks, "jonas": {"production": "admin"}}
    await story.shows("inferpipe-bridge who billing")
    story.time_is(datetime(2027, 5, 1, 9, tzinfo=BERLIN))
    still = {"production": "viewer"}
    await story.until_roles_are({"lou": still, "mia": still, "jonas": {"production": "admin"}})


async def test_a_project_begins_and_ends_at_midnight_and_the_brake_asks_about_the_end(cook: Any) -> None:
    story = await cook("A project until a date", at=datetime(2027, 1, 31, 23, 58, tzinfo=BERLIN))
    names = [f"p{number:02}" for number in range(12)]
    people = [await story.person(f"{name}@acme.example") for name in names]
    await story.group("project-migration", *people)
    await story.group("support", people[0])
    await story.house.idle()
    assert story.house.roles() == {"p00": {"production": "viewer"}}
    story.time_is(datetime(2027, 2, 1, tzinfo=BERLIN))
    everybody = {name: {"production": "editor"} for name in names}
    await story.until_roles_are(everybody)
    story.time_is(datetime(2027, 3, 31, 23, 58, tzinfo=BERLIN))
    assert await timers.dates(story.house.parts.tools) == 0
    assert story.house.roles() == everybody
    story.time_is(datetime(2027, 4, 1, 9, tzinfo=BERLIN))
    await story.until(story.house.open_holds)
    assert sum(roles == {"production": "editor"} for roles in story.house.roles().values()) == 7
    await story.shows("inferpipe-bridge hold list")
    await story.shows("inferpipe-bridge hold approve h1")
    await story.house.idle()
    assert story.house.roles() == {"p00": {"production": "viewer"}}


async def _lena(story: Any) -> tuple[str, str]:
    """A data scientist in Entra and, since today, an engineer in Okta."""
    in_entra = await story.person("lena@nordwind.example", connection="nordwind-entra")
    await story.group("Data Scientists", in_entra, connection="nordwind-entra")
    await story.house.idle()
    assert story.house.roles() == {"lena": {"research": "editor", "production": "viewer"}}
    in_okta = await story.person("lena@nordwind.example", connection="acme-okta")
    await story.group("engineering", in_okta, connection="acme-okta")
    await story.settled()
    return in_entra, in_okta


async def test_one_human_in_two_idps_is_one_person_with_the_higher_role_until_both_let_go(cook: Any) -> None:
    story = await cook("Two IdPs during a merger")
    in_entra, in_okta = await _lena(story)
    assert story.house.roles() == {"lena": {"research": "editor", "production": "editor"}}
    assert len(story.house.sandbox.state()["users"]) == 1
    await story.shows("inferpipe-bridge explain lena@nordwind.example")
    await story.house.deactivate(in_entra, connection="nordwind-entra")
    await story.settled()
    assert story.house.roles() == {"lena": {"production": "editor"}}
    await story.house.deactivate(in_okta, connection="acme-okta")
    await story.settled()
    assert story.house.roles() == {}


async def test_without_a_shared_domain_the_second_idp_counts_for_nothing(cook: Any) -> None:
    line = "shared_with: [acme-okta]              # Acme's Okta may speak for these addresses, too\n"
    story = await cook("Two IdPs during a merger", ("config/connections/nordwind-entra.yaml", line, ""))
    in_entra, _ = await _lena(story)
    assert story.house.roles() == {"lena": {"research": "editor", "production": "viewer"}}
    await story.house.deactivate(in_entra, connection="nordwind-entra")
    await story.settled()
    assert story.house.roles() == {}


@pytest.mark.parametrize(
    ("email", "groups", "source", "role"),
    [
        ("ada@tinybird.example", [], "assertion", "admin"),
        ("ada@tinybird.example", [], "directory", "owner"),
        ("kim@tinybird.example", ["Engineering"], "assertion", "editor"),
        ("kim@tinybird.example", [], "assertion", "viewer"),
    ],
)
def test_what_only_a_sign_in_told_is_decided_as_the_page_says(
    email: str, groups: list[str], source: str, role: str, tmp_path: Path
) -> None:
    recipe = recipes()["SAML only: Google Workspace without SCIM"]
    recipe.write(tmp_path)
    connection = load(tmp_path / "config", {}).connections["tinybird-google"]
    assert connection.directory == "none"
    now = datetime(2026, 11, 25, tzinfo=UTC)
    ruleset = check(recipe.files[recipe.mappings[0]], "tinybird-google.yaml", connection.scope(), now).ruleset
    assert ruleset is not None
    identity = Identity(email, tuple(GroupFact(name) for name in groups), {}, frozenset({source}))
    found = decide(identity, ruleset, now)
    assert {alias: str(grant.role) for alias, grant in found.grants.items()} == {"main": role}


async def test_a_connection_without_a_directory_has_no_scim_address(cook: Any) -> None:
    story = await cook("SAML only: Google Workspace without SCIM")
    status, _ = await story.house.scim("GET", "/Users", connection="tinybird-google")
    assert status == 401
