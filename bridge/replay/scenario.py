"""A scenario: the requests one identity provider sends, in order, and what it expects of each answer.

Scenarios are built in Python (`bridge.replay.onboarding`) or read from JSON files. A file holds
``{name, idp, requires[], steps[]}``, a step
``{name, method, path, query, headers, body | body_raw, expect{status[], checks[], headers}, capture, note}``; what else
stands there is for its readers. Texts may hold ``{{variables}}``. Our own files (`bridge.replay.library`) also say
``{about, define{}, headers{}, slow_ms}`` and of a step ``{why, who, offered, not_offered[]}``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bridge.errors import BridgeError
from bridge.replay.checks import Check, understood

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
JSON_BODY = {"Content-Type": "application/scim+json", "Authorization": "Bearer {{token}}"}
_NEEDS_A_USER = "at least one user"


class ScenarioInvalid(BridgeError):
    """A file that is no scenario."""


@dataclass(frozen=True, slots=True)
class Expect:
    """`status`: any of these; none given: any answer will do."""

    status: tuple[int, ...] = ()
    checks: tuple[Check, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `query` stands for whatever follows a ``?`` in `path`.

    `capture` (variable -> path) must succeed, `find` may; a step is left out where the variable `unless` is known, or where
    ServiceProviderConfig has no true at `offered`; an answer of a status in `not_offered` means the server lacks it.
    `why`: where it is written. `who`: what breaks, and for whom, when it fails. A header of None is not sent.
    """

    name: str
    method: str
    path: str
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Any = None
    body_raw: str | None = None
    expect: Expect = field(default_factory=Expect)
    capture: Mapping[str, str] | None = None
    find: Mapping[str, str] | None = None
    unless: str | None = None
    note: str | None = None
    why: str | None = None
    who: str | None = None
    offered: str | None = None
    not_offered: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for path in (*(self.capture or {}).values(), *(self.find or {}).values(), self.offered or "$."):
            understood(path)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Scenario:
    """`idp`: who sends it. `requires`: what must be there before, in words. `define`: names for texts of this scenario.

    `headers` go with every step; a step's own win. An answer later than `slow_ms` is too slow for that provider.
    """

    name: str
    idp: str
    steps: tuple[Step, ...]
    requires: tuple[str, ...] = ()
    about: str = ""
    define: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    slow_ms: float | None = None


def load(path: Path) -> Scenario:
    """Read a file. Where it asks for a user to be there already, steps that make one, and a group, come first."""
    try:
        scenario = _FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise ScenarioInvalid("scenario_unreadable", f"{path} can't be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ScenarioInvalid("scenario_invalid", f"{path.name} is no scenario: {where}: {first['msg']}.") from error
    if any(_NEEDS_A_USER in need for need in scenario.requires):
        return replace(scenario, steps=(_A_USER, _A_GROUP, *scenario.steps))
    return scenario


_FILE = TypeAdapter(Scenario)

_A_USER = Step(
    "a user who is there already",
    "POST",
    "/Users",
    headers=JSON_BODY,
    body={
        "schemas": [CORE_USER],
        "userName": "there-already-{{__runid}}@example.com",
        "name": {"givenName": "Already", "familyName": "There"},
        "emails": [{"value": "there-already-{{__runid}}@example.com", "type": "work", "primary": True}],
        "active": True,
    },
    expect=Expect(status=(201,)),
)

_A_GROUP = Step(
    "a group that is there already",
    "POST",
    "/Groups",
    headers=JSON_BODY,
    body={"schemas": [CORE_GROUP], "displayName": "There already {{__runid}}", "members": []},
    expect=Expect(status=(201,)),
)
