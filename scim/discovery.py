"""What the service can do, published: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 §4)."""

from typing import Any

import orjson

from scim import render
from scim.errors import NotFound
from scim.schemas import ENTERPRISE, GROUP, USER, Schema, enterprise, group, user

LARGEST_PAGE = 1000
LARGEST_BODY = 16 * 1024 * 1024

_SCHEMAS = {schema.id.lower(): schema for schema in (user, enterprise, group)}


def service_provider_config(base: str) -> bytes:
    """Honest about what is offered: no bulk, no sort."""
    return orjson.dumps(
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": LARGEST_PAGE},
            "changePassword": {"supported": False},
            "sort": {"supported": False},
            "etag": {"supported": True},
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "A token made by `inferpipe-bridge token create`.",
                    "primary": True,
                }
            ],
            "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
        }
    )


def resource_types(base: str) -> bytes:
    return _page([_user_type(base), _group_type(base)])


def resource_type(name: str, base: str) -> bytes:
    found = {"user": _user_type, "group": _group_type}.get(name.lower())
    if found is None:
        raise NotFound(f"There is no resource type {name[:80]}.")
    return orjson.dumps(found(base))


def schemas(base: str) -> bytes:
    return _page([_schema(schema, base) for schema in _SCHEMAS.values()])


def schema(id: str, base: str) -> bytes:
    found = _SCHEMAS.get(id.lower())
    if found is None:
        raise NotFound(f"There is no schema {id[:120]}.")
    return orjson.dumps(_schema(found, base))


def _schema(schema: Schema, base: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [attribute.as_schema() for attribute in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"},
    }


def _user_type(base: str) -> dict[str, Any]:
    extensions = [{"schema": ENTERPRISE, "required": False}]
    return _type("User", "/Users", "User Account", USER, base) | {"schemaExtensions": extensions}


def _group_type(base: str) -> dict[str, Any]:
    return _type("Group", "/Groups", "Group", GROUP, base)


def _type(name: str, endpoint: str, description: str, schema: str, base: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": endpoint,
        "description": description,
        "schema": schema,
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
    }


def _page(resources: list[dict[str, Any]]) -> bytes:
    return render.page([orjson.dumps(resource) for resource in resources], len(resources), 1)
