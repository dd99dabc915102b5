"""What Okta's SCIM client sends (an OIN app): its headers, its lookups, its bodies.

Source: Okta's SCIM 2.0 reference and its group push notes. Users are never deleted, groups carry no externalId, and a
changed membership is sent together with the group's name.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from bridge.replay.checks import Check
from bridge.replay.onboarding.cast import Group, Person
from bridge.replay.scenario import CORE_GROUP, CORE_USER, ENTERPRISE_USER, PATCH, Expect, Scenario, Step

READ = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Accept-Encoding": "gzip,deflate",
    "Authorization": "Bearer {{token}}",
    "User-Agent": "Okta SCIM Client 1.0.0",
}
WRITE = {**READ, "Content-Type": "application/scim+json; charset=utf-8"}
CHANGED = Expect(status=(200, 204))


def push(title: str, groups: tuple[Group, ...]) -> Scenario:
    """Everyone is assigned to the app, then each group is pushed."""
    people = [step for group in groups for person in group.people for step in _assigned(person, group.department)]
    pushed = [step for group in groups for step in _pushed(group)]
    return Scenario(title, "okta", (*people, *pushed))


def move(title: str, person: Person, old: Group, new: Group) -> Scenario:
    """Out of one group and into another: two requests, so for a moment they are in neither."""
    out = {"op": "remove", "path": f'members[value eq "{_of(person)}"]'}
    return Scenario(
        title,
        "okta",
        (
            _user_lookup(person, must=True),
            *(_group_lookup(group, must=True) for group in (old, new)),
            _patch(f"{person.name} leaves {old.name}", f"/Groups/{_of(old)}", out),
            _patch(f"{person.name} joins {new.name}", f"/Groups/{_of(new)}", _added(person)),
        ),
    )


def deactivation(title: str, person: Person) -> Scenario:
    """Okta's way to end somebody, who is read back afterwards."""
    ended = {"op": "replace", "value": {"active": False}}
    seen = Expect(status=(200,), checks=(Check("$.active", "eq", False),))
    return Scenario(
        title,
        "okta",
        (
            _user_lookup(person, must=True),
            _patch(f"{person.name} is deactivated", f"/Users/{_of(person)}", ended),
            Step(f"{person.name} is read back", "GET", f"/Users/{_of(person)}", headers=READ, expect=seen),
        ),
    )


def _assigned(person: Person, department: str) -> tuple[Step, Step]:
    seen = (Check("$.id", "not_empty"), Check("$.active", "eq", True), Check("$.password", "absent"))
    create = Step(
        f"{person.name} is created",
        "POST",
        "/Users",
        headers=WRITE,
        body=_user(person, department),
        expect=Expect(status=(201,), checks=(*seen, Check("$.userName", "eq", person.email))),
        capture={person.email: "$.id"},
        unless=person.email,
    )
    return _user_lookup(person), create


def _pushed(group: Group) -> tuple[Step, ...]:
    body = {"schemas": [CORE_GROUP], "displayName": group.name, "members": []}
    create = Step(
        f"{group.name} is created",
        "POST",
        "/Groups",
        headers=WRITE,
        body=body,
        expect=Expect(status=(201,), checks=(Check("$.displayName", "eq", group.name),)),
        capture={group.name: "$.id"},
        unless=group.name,
    )
    named = {"op": "replace", "value": {"id": _of(group), "displayName": group.name}}
    members = [_added(person) for person in group.people]
    return _group_lookup(group), create, _patch(f"{group.name} gets its members", f"/Groups/{_of(group)}", named, *members)


def _user_lookup(person: Person, *, must: bool = False) -> Step:
    return _lookup(f"Is {person.name} there?", "/Users", f'userName eq "{person.email}"', person.email, must)


def _group_lookup(group: Group, *, must: bool = False) -> Step:
    return _lookup(f"Is {group.name} there?", "/Groups", f'displayName eq "{group.name}"', group.name, must)


def _lookup(name: str, path: str, condition: str, variable: str, must: bool) -> Step:
    found = {variable: "$.Resources[0].id"}
    return Step(
        name,
        "GET",
        path,
        query={"filter": condition, "startIndex": "1", "count": "100"},
        headers=READ,
        expect=Expect(status=(200,), checks=(Check("$.totalResults", "is_number"),)),
        capture=found if must else None,
        find=None if must else found,
    )


def _patch(name: str, path: str, *operations: Mapping[str, Any]) -> Step:
    body = {"schemas": [PATCH], "Operations": list(operations)}
    return Step(name, "PATCH", path, headers=WRITE, body=body, expect=CHANGED)


def _added(person: Person) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": _of(person), "display": person.email}]}


def _user(person: Person, department: str) -> dict[str, Any]:
    """`groups` is read-only and the password a random one nobody uses; Okta sends both."""
    body = {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": person.email,
        "name": {"givenName": person.given, "familyName": person.family},
        "emails": [{"primary": True, "value": person.email, "type": "work"}],
        "displayName": person.name,
        "title": person.title,
        "locale": person.locale,
        "externalId": user_id(person),
        "phoneNumbers": [{"primary": True, "value": "+1 555 0100", "type": "work"}],
        "groups": [],
        "password": "{{$guid}}",
        "active": True,
        ENTERPRISE_USER: {"department": department},
    }
    return {**body, "userType": person.user_type} if person.user_type else body


def _of(known: Person | Group) -> str:
    """The place of somebody's or some group's id."""
    return f"{{{{{known.email if isinstance(known, Person) else known.name}}}}}"


def user_id(person: Person) -> str:
    """The same at every play."""
    return f"00u{hashlib.sha256(person.email.encode()).hexdigest()[:17]}"
