"""What the service can do, published: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 §4)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from scim import cursors, render
from scim.errors import NotFound
from scim.schemas import Schema, Shape

LARGEST_PAGE = 1000
DEFAULT_PAGE = 100
LARGEST_BODY = 16 * 1024 * 1024
LARGEST_BULK = 500  # operations


def service_provider_config(base: str, schemes: Sequence[Mapping[str, Any]]) -> bytes:
    """What is offered. `schemes`: how a caller may say who it is."""
    return orjson.dumps(
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {"supported": True, "maxOperations": LARGEST_BULK, "maxPayloadSize": LARGEST_BODY},
            "filter": {"supported": True, "maxResults": LARGEST_PAGE},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "pagination": {
                "cursor": True,
                "index": True,
                "defaultPaginationMethod": "index",
                "defaultPageSize": DEFAULT_PAGE,
                "maxPageSize": LARGEST_PAGE,
                "cursorTimeout": cursors.LIFETIME,
            },
            "authenticationSchemes": list(schemes),
            "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
        }
    )


def resource_types(base: str, shapes: Sequence[Shape]) -> bytes:
    return _page([_type(shape, base) for shape in shapes])


def resource_type(name: str, base: str, shapes: Sequence[Shape]) -> bytes:
    found = next((shape for shape in shapes if shape.kind.lower() == name.lower()), None)
    if found is None:
        raise NotFound(f"There is no resource type {name[:80]}.")
    return orjson.dumps(_type(found, base))


def schemas(base: str, shapes: Sequence[Shape]) -> bytes:
    return _page([_schema(schema, base) for schema in _every(shapes).values()])


def schema(id: str, base: str, shapes: Sequence[Shape]) -> bytes:
    found = _every(shapes).get(id.lower())
    if found is None:
        raise NotFound(f"There is no schema {id[:120]}.")
    return orjson.dumps(_schema(found, base))


def _every(shapes: Sequence[Shape]) -> dict[str, Schema]:
    return {urn: schema for shape in shapes for urn, schema in shape.urns.items()}


def _schema(schema: Schema, base: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [attribute.as_schema() for attribute in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"},
    }


def _type(shape: Shape, base: str) -> dict[str, Any]:
    extensions = [{"schema": one.id, "required": False} for one in shape.extensions]
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": shape.kind,
        "name": shape.kind,
        "endpoint": shape.endpoint,
        "description": shape.core.description,
        "schema": shape.core.id,
        **({"schemaExtensions": extensions} if extensions else {}),
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{shape.kind}"},
    }


def _page(resources: list[dict[str, Any]]) -> bytes:
    return render.page([orjson.dumps(resource) for resource in resources], len(resources), 1)
