"""The onboarding of the first minute, played to a directory of its own: who ends where, and in which shapes it was told."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.people.identity import identity
from bridge.replay.onboarding import onboarding
from bridge.replay.onboarding.cast import ENTRA, LEAVER, MOVER, OKTA
from bridge.replay.player import Verdict, play
from bridge.settings import Settings, load
from mappings.check import check
from mappings.decide import decide
from mappings.ruleset import Ruleset
from scim.person import GroupRow, PersonFacts
from tests.replay.conftest import Serve
from tests.replay.little_directory import LittleDirectory

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2026, 11, 9, 9, tzinfo=UTC)
OKTA_HEADERS = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Authorization": "Bearer t",
}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GROUP_MARKER = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
Directories = dict[str, LittleDirectory]
Roles = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(CONFIG, {})


@pytest.fixture(scope="module")
def rulesets(settings: Settings) -> dict[str, Ruleset]:
    found = {}
    for name in ("example-okta", "example-entra"):
        text = (CONFIG / "mappings" / f"{name}.yaml").read_text("utf-8")
        checked = check(text, name, settings.connections[name].scope(), NOW)
        assert checked.ruleset is not None
        assert checked.ok, checked.problems
        found[name] = checked.ruleset
    return found


@pytest.fixture
def directories() -> Directories:
    return {"example-okta": LittleDirectory(), "example-entra": LittleDirectory()}


async def played(serve: Serve, directories: Directories, acts: int = 4) -> list[Verdict]:
    urls = {name: await serve(directory.handle) for name, directory in directories.items()}
    return [verdict for act in onboarding()[:acts] for verdict in await play(act.scenario, urls[act.connection], "t")]


def roles(directories: Directories, settings: Settings, rulesets: dict[str, Ruleset]) -> Roles:
    """Who would have which role where, by the rules of the example mappings; inactive people have none (rule R7)."""
    found: Roles = {}
    for name, directory in directories.items():
        for user_id, user in directory.users.items():
            groups = tuple(
                GroupRow(group["id"], group.get("externalId"), group["displayName"], None, False)
                for group in directory.groups_of(user_id)
            )
            facts = identity(PersonFacts(user, user["active"], groups), None, settings.connections[name])
            grants = decide(facts, rulesets[name], NOW).grants if user["active"] else {}
            found[user["displayName"]] = {alias: str(grant.role) for alias, grant in grants.items()}
    return found


async def test_every_step_passes_and_none_lacks_a_value(serve: Serve, directories: Directories) -> None:
    verdicts = await played(serve, directories)
    assert [(verdict.step.name, verdict.problems) for verdict in verdicts if verdict.failed] == []
    assert [(verdict.step.name, verdict.skipped) for verdict in verdicts if verdict.skipped] == []


async def test_thirty_people_end_in_three_workspaces_and_29_have_access(
    serve: Serve, directories: Directories, settings: Settings, rulesets: dict[str, Ruleset]
) -> None:
    await played(serve, directories)
    ended = roles(directories, settings, rulesets)
    assert len(ended) == 30
    assert [name for name, granted in ended.items() if not granted] == ["Carlos Mendes"]
    assert {alias for granted in ended.values() for alias in granted} == {"production", "research", "support"}
    assert ended["Ada Okafor"] == {"production": "owner", "research": "owner", "support": "owner"}
    assert ended["Mia Chen"] == {"production": "admin"}
    assert ended["Jonas Weber"] == {"research": "editor", "support": "viewer"}


async def test_limits_and_second_conditions_show_too(
    serve: Serve, directories: Directories, settings: Settings, rulesets: dict[str, Ruleset]
) -> None:
    await played(serve, directories)
    ended = roles(directories, settings, rulesets)
    assert ended["Rafael Ibarra"] == {"production": "editor"}
    assert ended["Fatima Al-Zahrani"] == {"support": "admin", "production": "viewer"}
    assert ended["Anahera Walker"] == {"research": "viewer", "support": "viewer"}


async def test_before_the_move_and_the_departure_both_have_what_they_lose(
    serve: Serve, directories: Directories, settings: Settings, rulesets: dict[str, Ruleset]
) -> None:
    await played(serve, directories, acts=2)
    before = roles(directories, settings, rulesets)
    assert before["Mia Chen"] == {"production": "editor", "research": "viewer"}
    assert before["Carlos Mendes"] == {"support": "editor", "production": "viewer"}


async def test_a_second_play_makes_nobody_twice_and_ends_the_same(
    serve: Serve, directories: Directories, settings: Settings, rulesets: dict[str, Ruleset]
) -> None:
    await played(serve, directories)
    first = roles(directories, settings, rulesets)
    for directory in directories.values():
        directory.requests.clear()
    again = await played(serve, directories)
    assert [verdict.problems for verdict in again if verdict.failed] == []
    assert {verdict.skipped for verdict in again if "known already" not in verdict.skipped} == {""}
    sent = [request for directory in directories.values() for request in directory.requests]
    assert [path for method, path, _, _ in sent if method == "POST"] == []
    assert [body for _, path, _, body in sent if body and "active" in str(body)] == [
        {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
    ]
    assert roles(directories, settings, rulesets) == first


async def test_okta_speaks_as_okta(serve: Serve, directories: Directories) -> None:
    await played(serve, directories)
    okta = directories["example-okta"]
    assert all(headers.items() >= OKTA_HEADERS.items() for _, _, headers, _ in okta.requests)
    created = [body for method, path, _, body in okta.requests if method == "POST" and path.endswith("/Users")]
    assert all(re.fullmatch("00u[0-9a-f]{17}", body["externalId"]) for body in created)
    assert all(body["groups"] == [] and body["password"] and body["locale"] for body in created)
    assert [body["members"] for method, path, _, body in okta.requests if method == "POST" and "Groups" in path] == [[]] * 4
    assert okta.requests[-2][3]["Operations"] == [{"op": "replace", "value": {"active": False}}]


async def test_entra_speaks_as_entra(serve: Serve, directories: Directories) -> None:
    await played(serve, directories)
    requests = directories["example-entra"].requests
    assert requests[0][:2] == ("GET", "/scim/Users")
    users = [body for method, path, _, body in requests if method == "POST" and path.endswith("/Users")]
    groups = [body for method, path, _, body in requests if method == "POST" and path.endswith("/Groups")]
    assert all(body["meta"] == {"resourceType": "User"} and body["roles"] == [] for body in users)
    assert all(GROUP_MARKER in body["schemas"] for body in groups)
    operations = [op for method, _, _, body in requests if method == "PATCH" for op in body["Operations"]]
    assert Counter((op["op"], op["path"]) for op in operations) == {("Add", "members"): 12, ("Replace", "active"): 2}
    assert [op["value"] for op in operations if op["path"] == "active"] == ["False", "True"]
    assert all(len(op["value"]) == 1 for op in operations if op["path"] == "members")


def test_the_groups_of_entra_carry_the_ids_that_its_mapping_binds() -> None:
    mapping = yaml.safe_load((CONFIG / "mappings" / "example-entra.yaml").read_text("utf-8"))
    assert {group.name: group.id for group in ENTRA} == mapping["groups"]


def test_everyone_has_a_name_and_an_address_of_their_own_in_their_company(settings: Settings) -> None:
    for name, groups, size in (("example-okta", OKTA, 18), ("example-entra", ENTRA, 12)):
        people = [person for group in groups for person in group.people]
        assert len(people) == len({person.name for person in people}) == len({person.email for person in people}) == size
        assert {person.email.partition("@")[2] for person in people} == set(settings.connections[name].domains)
    assert len({group.name for group in (*OKTA, *ENTRA)}) == 6


def test_each_act_says_what_happens() -> None:
    assert [act.title for act in onboarding()] == [
        "Okta pushes 18 people in 4 groups",
        "Entra pushes 12 people in 2 groups",
        f"{MOVER.name} moves between teams",
        f"{LEAVER.name} leaves",
    ]


def test_a_play_is_the_same_each_time() -> None:
    steps: list[Any] = [act.scenario.steps for act in onboarding()]
    assert steps == [act.scenario.steps for act in onboarding()]
