"""What only the directory and Clerk can tell about a mapping file, each at its line with what to do."""

import time
from collections.abc import Awaitable, Callable
from textwrap import dedent
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.answers.findings import findings
from bridge.answers.findings.subject import MANY
from bridge.people import workspaces
from bridge.rulebook import proposals
from mappings.located import Problem
from tests.signin.coming import Browser, signing
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
Found = list[tuple[int, int, str, str | None]]
BOTH = {"production": {"create": "Production"}, "research": {"create": "Research"}}
_GROUP = sa.text(
    """INSERT INTO scim_group (connection, id, display_name, display_key, created, modified, version, body)
    VALUES ('acme', :id, :name, :key, :at, :at, 1, :body)"""
)
EMPTY = "Entra sends no nested groups"


async def found(house: House, text: str) -> list[Problem]:
    """Of a file that stands somewhere else."""
    file = house.folder / "proposal.yaml"
    file.write_text(f"connection: acme\n{dedent(text)}", encoding="utf-8")
    proposal = proposals.read_file(house.parts.settings, file)
    assert [str(one) for one in proposal.checked.problems if one.severity == "error"] == []
    problems = await house.parts.database.read(lambda tx: findings(tx, house.parts.settings, proposal))
    assert {one.severity for one in problems} <= {"warning"}
    assert all(one.hint and one.see and one.source is not None for one in problems)
    return problems


async def told(house: House, text: str) -> Found:
    return [(one.line, one.column, one.message, one.hint) for one in await found(house, text)]


def rule(name: str, when: str) -> str:
    return f"  - {{name: {name}, when: {{{when}}}, grant: {{production: viewer}}}}\n"


async def _peopled(houses: Houses, *groups: str, **keys: Any) -> tuple[House, str, dict[str, str]]:
    house = await houses(**keys)
    mia = await house.user("mia", title="Engineer")
    return house, mia, {name: await house.group(name, mia) for name in groups}


async def test_a_file_that_asks_for_what_is_there_has_no_findings(houses: Houses) -> None:
    house, _, groups = await _peopled(houses, "engineers", "team-7", "inferpipe-research-viewer", provider="entra")
    text = "groups: {Staff: ID}\nrules:\n" + "".join(
        [
            rule("a", "group: Engineers"),
            rule("b", "group_like: team-*"),
            rule("c", "group_regex: 'team-[0-9]'"),
            rule("d", "attribute: {title: Engineer}"),
            rule("e", "attribute: {costCenter: {present: false}}"),
            rule("f", "group: Staff"),
            "  - {name: g, when: {group_like: 'inferpipe-{workspace}-{role}'}, grant: {'{workspace}': '{role}'}}\n",
        ]
    )
    await house.group("Staff", await house.user("ben"))
    _, staff = await house.scim("GET", '/Groups?filter=displayName eq "Staff"')
    assert groups
    assert await told(house, text.replace("ID", staff["Resources"][0]["id"])) == []


async def test_a_group_that_is_not_there_is_told_once_with_the_nearest_name(houses: Houses) -> None:
    house, *_ = await _peopled(houses, "Platform Engineering", "sales")
    text = "rules:\n" + rule("a", "group: [sales, platform enginering]") + rule("b", "not: {group: Platform Enginering}")
    text += rule("c", "any: [{group: Quux}, {all: [{group: SALES}]}]")
    assert await told(house, text) == [
        (
            3,
            37,
            "the directory has no group platform enginering (asked for in 2 places)",
            "did you mean Platform Engineering?",
        ),
        (5, 36, "the directory has no group Quux", "names must be the IdP's own; or push the group to the app"),
    ]


async def test_limits_are_looked_at_and_what_is_switched_off_is_not(houses: Houses) -> None:
    house, *_ = await _peopled(houses, "sales")
    text = """\
        rules:
          - {name: off, when: {group: gone}, grant: {production: viewer}, disabled: not yet}
        limits:
          - {name: l, when: {group: contractors}, at_most: viewer}
        """
    assert [one[:3] for one in await told(house, text)] == [(5, 29, "the directory has no group contractors")]


async def test_a_name_that_two_groups_have_is_told_with_their_ids(houses: Houses) -> None:
    house, mia, _ = await _peopled(houses, directory={"scim": {"unique_group_names": False}})
    ids = [await house.group(name, mia) for name in ("Team", "TEAM")]
    ((line, _, message, hint),) = await told(house, "rules:\n" + rule("a", "group: team"))
    assert (line, message) == (3, "2 groups are called Team, so a rule by that name gives nothing")
    assert hint == f"bind the name to one's id under `groups:`, here {ids[0]} or {ids[1]}, or rename the others"
    assert await told(house, f"groups: {{team: {ids[0]}}}\nrules:\n" + rule("a", "group: team")) == []


async def test_ids_are_compared_with_the_names_that_the_directory_has_for_them(houses: Houses) -> None:
    guid = "0e9c3a42-6b1f-4b62-9d2c-0f6a4d5e7b10"
    house, mia, _ = await _peopled(houses, "Marketing")
    body = {"displayName": "Research", "externalId": guid, "members": [{"value": mia}]}
    status, made = await house.scim("POST", "/Groups", body)
    assert status == 201
    text = f"""\
        groups:
          Science: {guid.upper()}
          Marketing: nobody-has-this
        rules:
          - {{name: a, when: {{group: [Science, Marketing]}}, grant: {{production: viewer}}}}
        """
    (first, second) = await told(house, text)
    assert first[:3] == (3, 3, "the directory calls this group Research, not Science")
    assert second[:3] == (4, 14, "the directory has no group with the id nobody-has-this")
    assert second[3] is not None
    assert second[3].startswith("the group called Marketing has the id ")
    assert await told(house, text.replace(guid.upper(), made["id"]).replace("Science", "Research")) == [second]


@pytest.mark.parametrize(("provider", "said"), [("entra", True), ("okta", False)])
async def test_an_empty_group_is_told_where_the_idp_sends_no_nested_ones(houses: Houses, provider: str, said: bool) -> None:
    house, mia, groups = await _peopled(houses, "leaf", "unused", provider=provider)
    await house.leave(groups["unused"], mia)
    top = await house.group("everybody")
    status, _ = await house.scim("POST", "/Groups", {"displayName": "nest", "members": [{"value": groups["leaf"]}]})
    assert status == 201
    text = f"groups: {{Top: {top}}}\nrules:\n" + rule("a", "group: [leaf, unused, nest]") + rule("b", "group: Top")
    problems = [one for one in await found(house, text) if "calls this group" not in one.message]
    messages = [one.message for one in problems]
    assert messages == (["nobody is in the group everybody", "nobody is in the group unused"] if said else [])
    assert all((one.hint or "").startswith(EMPTY) for one in problems)


async def test_a_pattern_that_no_group_fits_is_told_and_captures_stand_for_known_words_only(houses: Houses) -> None:
    house, *_ = await _peopled(houses, "inferpipe-marketing-viewer", "team-x")
    text = "rules:\n" + rule("a", "group_like: squad-*") + rule("b", "group_regex: 'team-[0-9]+'")
    text += "  - {name: c, when: {group_like: 'inferpipe-{workspace}-{role}'}, grant: {'{workspace}': '{role}'}}\n"
    assert [one[:3] for one in await told(house, text)] == [
        (3, 34, "no group of the directory fits squad-*"),
        (4, 35, "no group of the directory fits team-[0-9]+"),
        (5, 34, "no group of the directory fits inferpipe-{workspace}-{role}"),
    ]


async def test_an_attribute_that_nobody_sends_is_told_with_what_to_map(houses: Houses) -> None:
    house, *_ = await _peopled(houses, attributes={"shoe": {"saml": "shoe"}})
    text = "rules:\n" + rule("a", "attribute: {Title: x, division: y}") + rule("b", "not: {attribute: {shoe: 7}}")
    assert await told(house, text) == [
        (
            3,
            44,
            "nobody in the directory sends division",
            "map urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division in the IdP, or take the condition out",
        ),
        (
            4,
            40,
            "nobody in the directory sends shoe",
            "say where it stands: `attributes: {shoe: {scim: …}}`, or take the condition out",
        ),
    ]


async def test_of_an_empty_directory_one_thing_is_said(houses: Houses) -> None:
    house = await houses()
    text = "rules:\n" + rule("a", "group: [x, y]") + rule("b", "group_like: z*") + rule("c", "attribute: {title: q}")
    assert [one[:3] for one in await told(house, text)] == [(3, 30, "the directory has no groups yet")]


async def test_without_a_directory_nobody_knows_what_the_next_sign_in_brings(houses: Houses) -> None:
    house = await houses(directory="none")
    assert await told(house, "rules:\n" + rule("a", "group: x") + rule("b", "attribute: {title: q}")) == []


async def test_the_groups_of_another_connection_are_none_of_ours(houses: Houses) -> None:
    house, *_ = await _peopled(houses, "sales")
    await house.stop()
    house.connection("globex")
    house.mapping("globex")
    await house.start()
    await house.group("research", await house.user("gil", connection="globex"), connection="globex")
    messages = [one[2] for one in await told(house, "rules:\n" + rule("a", "group: research"))]
    assert messages == ["the directory has no group research"]


async def test_a_workspace_that_clerk_refuses_or_that_was_not_found_is_told(houses: Houses) -> None:
    places = {**BOTH, "lab": "the-lab", "fresh": "the-fresh"}
    house, mia, _ = await _peopled(houses, "engineers", workspaces=places)
    now = house.clock()

    def blocked(tx: Any) -> None:
        instance = house.parts.tools.instance
        settings = house.parts.settings.connections["acme"]
        references = [workspaces.reference(settings, alias) for alias in ("research", "lab")]
        workspaces.ensure(tx, instance, [one for one in references if one is not None])
        row = workspaces.by_reference(tx, instance, "Acme/Research")
        assert row is not None
        workspaces.block(tx, row.pk, "quota", "The plan allows no more organizations.", now=now)

    await house.parts.database.write(blocked)
    assert mia
    text = """\
        rules:
          - {name: a, when: {group: engineers}, grant: {production: viewer, research: viewer, lab: viewer, fresh: viewer}}
          - {name: b, when: {group: engineers, email: "*@x.example"}, grant: {research: editor}}
        """
    assert [one[:3] for one in await told(house, text)] == [
        (
            3,
            69,
            "Clerk refuses the workspace research: The plan allows no more organizations. (asked for in 2 places)",
        ),
        (3, 87, "Clerk's organization for lab was not found yet: the-lab"),
    ]


@pytest.mark.parametrize(
    "rule", ["when: {grup: x}, grant: {production: viewer}", "when: {group: x}, grant: {nowhere: viewer}"]
)
async def test_a_file_with_errors_has_no_findings(houses: Houses, rule: str) -> None:
    house, *_ = await _peopled(houses, "sales")
    file = house.folder / "proposal.yaml"
    file.write_text(f"connection: acme\nrules: [{{name: a, {rule}}}]\n", encoding="utf-8")
    proposal = proposals.read_file(house.parts.settings, file)
    assert await house.parts.database.read(lambda tx: findings(tx, house.parts.settings, proposal)) == []


async def test_many_mistakes_are_counted_and_a_large_directory_is_no_burden(houses: Houses) -> None:
    house, *_ = await _peopled(houses, "sales")
    now = house.clock()

    def fill(tx: Any) -> None:
        for number in range(20_000):
            name = f"Department {number:06} of the Company"
            tx.run(_GROUP, id=f"g{number}", name=name, key=name.lower(), at=now, body=b"{}")

    await house.parts.database.write(fill)
    names = [f"Departmint {number:06} of the Company" for number in range(1_000)]
    text = "rules:\n" + "".join(rule(f"r{at}", f"group: {name}") for at, name in enumerate(names))
    text += "".join(rule(f"p{at}", f"group_like: 'nothing-{at}-*'") for at in range(40))
    began = time.process_time()
    problems = await found(house, text)
    assert time.process_time() - began < 5
    missing = [one for one in problems if "has no group" in one.message]
    assert len(missing) == MANY + 1
    assert missing[0].hint == "did you mean Department 000000 of the Company?"
    assert missing[-1].message.endswith(f"and {1_000 - MANY} more groups after it")
    assert sum("no group of the directory fits" in one.message for one in problems) == 40


async def test_what_some_sign_in_brought_is_sent_and_groups_of_assertions_are_not_sought(
    houses: Houses,
) -> None:
    house, *_ = await _peopled(houses)
    await signing(house, sign_in={"groups_from": "both"})
    async with Browser(house) as browser:
        await browser.come(attributes=(("division", ("Sales",)),))
    text = "rules:\n" + rule("a", "attribute: {division: y, costCenter: z}") + rule("b", "group: only-asserted")
    assert [one[2] for one in await told(house, text)] == ["nobody in the directory sends costCenter"]
