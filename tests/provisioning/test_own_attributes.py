"""Rules on attributes that only this customer has: declared in the connection's file, sent by SCIM, decided on."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.house import PATCH, USER, House

Houses = Callable[..., Awaitable[House]]

BADGE = "urn:acme:params:scim:schemas:badge:2.0:User"
SCHEMA = {
    "id": BADGE,
    "name": "Badge",
    "attributes": {
        "level": {"type": "integer"},
        "pin": {"returned": "never"},
        "doors": {"many": True},
        "issued": {"type": "dateTime"},
        "holder": {"parts": {"place": {}}},
    },
}
KEYS: dict[str, Any] = {
    "directory": {"scim": {"schemas": [SCHEMA]}},
    "attributes": {
        "level": {"scim": f"{BADGE}:level"},
        "pin": {"scim": f"{BADGE}:pin"},
        "doors": {"scim": f"{BADGE}:doors"},
        "issued": {"scim": f"{BADGE}:issued"},
        "place": {"scim": f"{BADGE}:holder.place"},
    },
}


def _rule(**attribute: Any) -> list[dict[str, Any]]:
    return [{"name": "Badges", "when": {"attribute": attribute}, "grant": {"production": "editor"}}]


@pytest.mark.parametrize(
    ("attribute", "badge"),
    [
        ({"level": "7"}, {"level": 7}),
        ({"pin": "1234"}, {"pin": "1234"}),
        ({"doors": "Lab"}, {"doors": ["front", "lab"]}),
        ({"issued": {"after": "2026-01-01"}}, {"issued": "2026-05-01T00:00:00Z"}),
        ({"place": {"like": "lob*"}}, {"holder": {"place": "Lobby"}}),
    ],
)
async def test_a_rule_on_an_attribute_of_ones_own_gives_a_role(
    houses: Houses, attribute: dict[str, Any], badge: dict[str, Any]
) -> None:
    house = await houses(_rule(**attribute), **KEYS)
    await house.user("ben")
    await house.user("mia", schemas=[USER, BADGE], **{BADGE: badge})
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    row = await house.row("mia")
    assert row.because[0]["rule"] == "Badges"


async def test_the_role_follows_the_attribute(houses: Houses) -> None:
    house = await houses(_rule(level={"at_least": 5}), **KEYS)
    mia = await house.user("mia", schemas=[USER, BADGE], **{BADGE: {"level": 4}})
    await house.idle()
    assert house.roles() == {}
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": f"{BADGE}:level", "value": 5})
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    await house.patch(f"/Users/{mia}", {"op": "remove", "path": f"{BADGE}:level"})
    await house.idle()
    assert house.roles() == {}


async def test_what_is_declared_is_published_and_filtered_at_its_connection(houses: Houses) -> None:
    house = await houses(_rule(level="7"), **KEYS)
    mia = await house.user("mia", schemas=[USER, BADGE], **{BADGE: {"level": 7, "pin": "1234"}})
    status, schema = await house.scim("GET", f"/Schemas/{BADGE}")
    assert (status, [one["name"] for one in schema["attributes"]]) == (200, list(SCHEMA["attributes"]))
    status, found = await house.scim("GET", f"/Users?filter={BADGE}:level%20eq%207")
    assert (status, [one["id"] for one in found["Resources"]]) == (200, [mia])
    assert found["Resources"][0][BADGE] == {"level": 7}


async def test_a_value_that_does_not_fit_is_refused_with_the_attributes_name(houses: Houses) -> None:
    house = await houses(_rule(level="7"), **KEYS)
    mia = await house.user("mia")
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": f"{BADGE}:level", "value": "high"}]}
    status, answer = await house.scim("PATCH", f"/Users/{mia}", body)
    assert (status, answer["scimType"]) == (400, "invalidValue")
    assert "level" in answer["detail"]
