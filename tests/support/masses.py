"""Many people at once, as a connector that speaks Bulk brings them."""

from collections.abc import Sequence

from tests.support.house import GROUP, USER, House

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
MOST = 400  # operations in one request


async def load(house: House, names: Sequence[str], group: str) -> dict[str, str]:
    """So many people, active, in one new group; their ids by name. Nobody is in the group before all of them are there."""
    ids: dict[str, str] = {}
    for start in range(0, len(names), MOST):
        some = names[start : start + MOST]
        operations = [{"method": "POST", "path": "/Users", "bulkId": name, "data": _user(name)} for name in some]
        status, answer = await house.scim("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
        assert status == 200, answer
        ids |= {one["bulkId"]: one["location"].rpartition("/")[2] for one in answer["Operations"]}
    body = {"schemas": [GROUP], "displayName": group, "members": [{"value": id} for id in ids.values()]}
    status, answer = await house.scim("POST", "/Groups", body)
    assert status == 201, answer
    return ids


def _user(name: str) -> dict[str, object]:
    return {"schemas": [USER], "userName": f"{name}@acme.example", "externalId": f"ext-{name}", "active": True}
