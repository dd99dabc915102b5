"""What the service says about itself (RFC 7644 §4), and that it is true."""

from typing import Any

import pytest

from scim.schemas import ENTERPRISE, GROUP, USER
from tests.scim.conftest import Host

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


async def test_what_is_offered_is_published(host: Host) -> None:
    body = await host.get("/ServiceProviderConfig")
    assert body["patch"] == {"supported": True}
    assert body["etag"] == {"supported": True}
    assert body["filter"] == {"supported": True, "maxResults": 1000}
    assert body["sort"] == {"supported": True}
    assert body["bulk"] == {"supported": True, "maxOperations": 500, "maxPayloadSize": 16 * 1024 * 1024}
    assert body["changePassword"] == {"supported": False}
    assert body["pagination"]["cursor"] is True
    assert body["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert body["meta"]["location"] == f"{host.base()}/ServiceProviderConfig"


@pytest.mark.parametrize("path", ["/serviceConfiguration", "/ServiceProviderConfigs"])
async def test_its_older_names_are_known(host: Host, path: str) -> None:
    assert await host.get(path) == await host.get("/ServiceProviderConfig")


async def test_the_resource_types_are_listed_and_can_be_read_one_by_one(host: Host) -> None:
    body = await host.get("/ResourceTypes")
    assert (body["schemas"], body["totalResults"]) == ([LIST], 2)
    for listed, name, schema in zip(body["Resources"], ("User", "Group"), (USER, GROUP), strict=True):
        assert (listed["id"], listed["endpoint"], listed["schema"]) == (name, f"/{name}s", schema)
        assert await host.get(f"/ResourceTypes/{name}") == listed
        assert listed["meta"]["location"] == f"{host.base()}/ResourceTypes/{name}"
        assert (await host.get(listed["endpoint"]))["totalResults"] == 0
    assert body["Resources"][0]["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]


async def test_the_schemas_are_listed_and_can_be_read_one_by_one(host: Host) -> None:
    body = await host.get("/Schemas")
    assert [schema["id"] for schema in body["Resources"]] == [USER, ENTERPRISE, GROUP]
    for schema in body["Resources"]:
        assert await host.get(f"/Schemas/{schema['id']}") == schema
        assert schema["meta"]["location"] == f"{host.base()}/Schemas/{schema['id']}"


async def test_every_writable_attribute_that_is_published_round_trips(host: Host) -> None:
    schemas = {schema["id"]: schema for schema in (await host.get("/Schemas"))["Resources"]}
    user = {**_example(schemas[USER]["attributes"]), ENTERPRISE: _example(schemas[ENTERPRISE]["attributes"])}
    made = await host.call("POST", "/Users", {"schemas": [USER, ENTERPRISE], **user}, connection="strict")
    assert made.status == 201, made.body
    user.pop("password")
    assert {key: made.body.get(key) for key in user} == user
    group = _example(schemas[GROUP]["attributes"])
    made = await host.call("POST", "/Groups", {"schemas": [GROUP], **group}, connection="strict")
    assert made.body["displayName"] == group["displayName"]
    assert [member["value"] for member in made.body["members"]] == [group["members"][0]["value"]]


def _example(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """A value for everything that a client may write."""
    return {one["name"]: _value(one) for one in attributes if one["mutability"] != "readOnly"}


def _value(attribute: dict[str, Any]) -> Any:
    if attribute["type"] == "complex":
        value: Any = _example(attribute["subAttributes"])
    else:
        value = True if attribute["type"] == "boolean" else f"a {attribute['name']}"
    return [value] if attribute["multiValued"] else value
