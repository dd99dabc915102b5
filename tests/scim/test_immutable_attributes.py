"""Attributes of an extension that keep their first value (RFC 7643 §2.2)."""

from typing import Any

import pytest

from scim.schemas import GROUPS, Attribute, Schema
from scim.web import Options
from tests.scim.badges import SHOWN, ada_with, badge_of, patched
from tests.scim.conftest import BADGE, GROUP, OPTIONS, USER, Host

SERIAL = f"{BADGE}:serial"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": SERIAL, "value": "S-2"},
        {"op": "add", "path": SERIAL, "value": "S-2"},
        {"op": "remove", "path": SERIAL},
        {"op": "remove", "path": BADGE},
        {"op": "replace", "value": {BADGE: {"serial": "S-2", "number": 8}}},
    ],
)
async def test_what_is_immutable_keeps_its_first_value(host: Host, operation: dict[str, Any]) -> None:
    ada = await ada_with(host)
    answer = await patched(host, ada, operation)
    assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    assert "serial" in answer.body["detail"]
    assert await badge_of(host, ada) == SHOWN


async def test_a_put_with_another_immutable_value_is_refused(host: Host) -> None:
    ada = await ada_with(host)
    body = {"schemas": [USER, BADGE], "userName": "ada", BADGE: {"serial": "S-2"}}
    answer = await host.call("PUT", f"/Users/{ada}", body, connection="extended")
    assert (answer.status, answer.body["scimType"]) == (400, "mutability")
    assert await badge_of(host, ada) == SHOWN


@pytest.mark.parametrize("badge", [None, {"number": 8}])
async def test_a_put_that_leaves_an_immutable_value_out_keeps_it(host: Host, badge: Any) -> None:
    """It gives no value that doesn't match (RFC 7644 §3.5.1); who doesn't map it could never PUT again."""
    ada = await ada_with(host)
    body = {"schemas": [USER], "userName": "ada", **({BADGE: badge} if badge else {})}
    answer = await host.call("PUT", f"/Users/{ada}", body, connection="extended")
    assert (answer.status, answer.body["schemas"]) == (200, [USER, BADGE])
    assert answer.body[BADGE] == {"serial": "S-1", **(badge or {})}
    again = await host.call("PUT", f"/Users/{ada}", body, connection="extended")
    assert again.headers["ETag"] == answer.headers["ETag"] == 'W/"2"'


async def test_a_put_of_a_group_keeps_its_immutable_values(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = Schema.of(
        "urn:acme:params:scim:schemas:asset:2.0:Group", "Asset", "What", Attribute("tag", "Its tag.", mutability="immutable")
    )
    monkeypatch.setitem(OPTIONS, "tagged", Options(groups=GROUPS.extended([asset])))
    team = await host.group("engineers", connection="tagged", schemas=[GROUP, asset.id], **{asset.id: {"tag": "T-1"}})
    body = {"schemas": [GROUP], "displayName": "engineers", "members": [{"value": "later"}]}
    answer = await host.call("PUT", f"/Groups/{team}", body, connection="tagged")
    assert (answer.body[asset.id], answer.body["members"]) == ({"tag": "T-1"}, [{"value": "later"}])
    other = await host.call("PUT", f"/Groups/{team}", {**body, asset.id: {"tag": "T-2"}}, connection="tagged")
    assert (other.status, other.body["scimType"]) == (400, "mutability")


async def test_an_immutable_value_may_be_sent_again_and_come_late(host: Host) -> None:
    ada = await ada_with(host, {"number": 7})
    set_once = {"op": "add", "path": SERIAL, "value": "S-1"}
    assert (await patched(host, ada, set_once)).body[BADGE] == {"number": 7, "serial": "S-1"}
    again = await patched(host, ada, set_once, {"op": "replace", "path": f"{BADGE}:number", "value": 8})
    assert again.body[BADGE] == {"number": 8, "serial": "S-1"}
