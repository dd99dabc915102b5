"""What Microsoft Entra ID sends without the flag aadOptscim062020: booleans as text, capital operations.

Source: Microsoft's "develop and plan provisioning for a SCIM endpoint". Each cycle begins with a query for nobody.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from bridge.replay.checks import Check
from bridge.replay.onboarding.cast import NEWCOMER, Group, Person
from bridge.replay.scenario import CORE_GROUP, CORE_USER, ENTERPRISE_USER, JSON_BODY, PATCH, Expect, Scenario, Step

GROUP_MARKER = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
READ = {"Authorization": "Bearer {{token}}"}
CHANGED = Expect(status=(200, 204))
_FOUND = Expect(status=(200,))
_NOBODY = Expect(status=(200,), checks=(Check("$.totalResults", "eq", 0),))


def push(title: str, groups: tuple[Group, ...]) -> Scenario:
    """The connection is tested, then the initial cycle runs: people, then groups."""
    test = Step(
        "Test Connection: a query for nobody",
        "GET",
        "/Users",
        query={"filter": 'userName eq "{{randomGuid}}"'},
        headers=READ,
        expect=_NOBODY,
    )
    people = [step for group in groups for person in group.people for step in _provisioned(person, group.department)]
    pushed = [step for group in groups for step in _group(group)]
    return Scenario(title, "entra", (test, *people, *_before_the_first_day(NEWCOMER), *pushed))


def _provisioned(person: Person, department: str) -> tuple[Step, Step]:
    match = Step(
        f"Is {person.name} there?",
        "GET",
        "/Users",
        query={"filter": f'userName eq "{person.email}"'},
        headers=READ,
        expect=Expect(status=(200,), checks=(Check("$.totalResults", "in", [0, 1]),)),
        find={person.email: "$.Resources[0].id"},
    )
    create = Step(
        f"{person.name} is created",
        "POST",
        "/Users",
        headers=JSON_BODY,
        body=_user(person, department),
        expect=Expect(status=(201,), checks=(Check("$.id", "exists"), Check("$.externalId", "eq", object_id(person)))),
        capture={person.email: "$.id"},
        unless=person.email,
    )
    return match, create


def _before_the_first_day(person: Person) -> tuple[Step, ...]:
    """Somebody hired but not yet there is blocked and then allowed; who is in a group already has begun."""
    where, begun = f"/Users/{{{{{person.email}}}}}", f"{person.name} has begun"
    seen = Step(f"{person.name} is read", "GET", where, headers=READ, expect=_FOUND, find={begun: "$.groups[0].value"})
    blocked = _patch(f"{person.name} is blocked until the first day", where, _active(False), unless=begun)
    allowed = _patch(f"{person.name}'s first day: sign-in is allowed", where, _active(True), unless=begun)
    return seen, blocked, allowed


def _group(group: Group) -> tuple[Step, ...]:
    match = Step(
        f"Is {group.name} there?",
        "GET",
        "/Groups",
        query={"excludedAttributes": "members", "filter": f'displayName eq "{group.name}"'},
        headers=READ,
        expect=Expect(status=(200,), checks=(Check("$.Resources[0].members", "absent"),)),
        find={group.name: "$.Resources[0].id"},
    )
    create = Step(
        f"{group.name} is created",
        "POST",
        "/Groups",
        headers=JSON_BODY,
        body={
            "schemas": [CORE_GROUP, GROUP_MARKER],
            "externalId": group.id,
            "displayName": group.name,
            "meta": {"resourceType": "Group"},
        },
        expect=Expect(status=(201,), checks=(Check("$.externalId", "eq", group.id),)),
        capture={group.name: "$.id"},
        unless=group.name,
    )
    added = [_added(person) for person in group.people]
    members = _patch(f"{group.name} gets its members", f"/Groups/{{{{{group.name}}}}}", *added)
    return match, create, members


def _patch(name: str, path: str, *operations: Mapping[str, Any], unless: str | None = None) -> Step:
    body = {"schemas": [PATCH], "Operations": list(operations)}
    return Step(name, "PATCH", path, headers=JSON_BODY, body=body, expect=CHANGED, unless=unless)


def _active(active: bool) -> dict[str, Any]:
    return {"op": "Replace", "path": "active", "value": str(active)}


def _added(person: Person) -> dict[str, Any]:
    return {"op": "Add", "path": "members", "value": [{"$ref": None, "value": f"{{{{{person.email}}}}}"}]}


def _user(person: Person, department: str) -> dict[str, Any]:
    """`roles` and `meta` come from Microsoft's default mapping; userType from the one the example connection asks for."""
    body = {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": object_id(person),
        "userName": person.email,
        "active": True,
        "displayName": person.name,
        "emails": [{"primary": True, "type": "work", "value": person.email}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": person.name, "familyName": person.family, "givenName": person.given},
        "preferredLanguage": person.locale,
        "title": person.title,
        "roles": [],
        ENTERPRISE_USER: {"department": department},
    }
    return {**body, "userType": person.user_type} if person.user_type else body


def object_id(person: Person) -> str:
    """The same at every play."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{person.email}"))
