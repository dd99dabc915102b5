"""Clerk's own directory sync, as others see it: which connections have a directory. Nothing is provisioned by it here.

Whom it manages is a switch of the sandbox (`managed`).
"""

import secrets

import orjson

from bridge.sandbox.clerk import documents, enterprise_connections, errors
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.documents import Document
from bridge.sandbox.clerk.forms import Form, flag, text, thing, things
from bridge.sandbox.clerk.ids import new_id

_KIND = "directory"
_CREATE = Form(
    {"enterprise_connection_id": text(), "name": text(), "provider": text(), "group_role_mappings": things},
    required=("enterprise_connection_id", "provider"),
    closed=False,
)
_UPDATE = Form(
    {
        "name": text(),
        "enabled": flag,
        "provider": text(),
        "attribute_mapping": thing,
        "group_role_mapping_enabled": flag,
    },
    closed=False,
)
_ATTRIBUTES = {"email_address": "emails.0.value", "first_name": "name.givenName", "last_name": "name.familyName"}


def list_directories(call: Call) -> bytes:
    """GET /directories"""
    return documents.page(call, documents.everyone(call.store, _KIND))


def create(call: Call) -> bytes:
    """POST /directories: this answer alone has the key that an IdP is given."""
    form = _CREATE.read(call.body)
    connection_id = form["enterprise_connection_id"]
    connection = documents.fetch(
        call.store, enterprise_connections.KIND, connection_id, errors.REFERENCE_MISSING("enterprise_connection_id")
    )
    _refuse_second(call, connection)
    directory = {
        "object": _KIND,
        "id": (directory_id := new_id("dir", call.now)),
        "name": form.get("name") or connection["name"],
        "enterprise_connection_id": connection_id,
        "endpoint_url": f"{call.origin}/v1/scim/v2/{directory_id}",
        "provider": form["provider"],
        "enabled": True,
        "group_role_mapping_enabled": bool(form.get("group_role_mappings")),
        "attribute_mapping": _ATTRIBUTES,
        "custom_attributes": connection["custom_attributes"],
        "created_at": call.now,
        "updated_at": call.now,
    }
    documents.insert(call.store, directory)
    call.news.append(f"the directory {directory['name']} is made")
    return orjson.dumps(directory | {"api_key": secrets.token_urlsafe(24)})


def get(call: Call) -> bytes:
    """GET /directories/{directory_id}"""
    return orjson.dumps(_fetch(call))


def update(call: Call) -> bytes:
    """PATCH /directories/{directory_id}; attributes are merged, null removes one."""
    form = {name: value for name, value in _UPDATE.read(call.body).items() if value is not None}
    directory = _fetch(call)
    mapping = directory["attribute_mapping"] | form.pop("attribute_mapping", {})
    directory |= form | {"attribute_mapping": {name: path for name, path in mapping.items() if path is not None}}
    directory["updated_at"] = call.now
    return documents.save(call.store, directory)


def delete(call: Call) -> bytes:
    """DELETE /directories/{directory_id}"""
    return documents.delete(call.store, _fetch(call))


def _refuse_second(call: Call, connection: Document) -> None:
    """One directory for a connection, and one for an organization."""
    used = {item["enterprise_connection_id"] for item in documents.everyone(call.store, _KIND)}
    if connection["id"] in used:
        raise errors.DIRECTORY_OF_CONNECTION("enterprise_connection_id")
    organization_id = connection["organization_id"]
    others = documents.everyone(call.store, enterprise_connections.KIND)
    if organization_id and any(item["organization_id"] == organization_id for item in others if item["id"] in used):
        raise errors.DIRECTORY_OF_ORGANIZATION("enterprise_connection_id")


def _fetch(call: Call) -> Document:
    return documents.fetch(call.store, _KIND, call.path["directory_id"], errors.RESOURCE_NOT_FOUND())


ROUTES = (
    Route("GET", "/directories", list_directories, reads=True),
    Route("POST", "/directories", create),
    Route("GET", "/directories/{directory_id}", get, reads=True),
    Route("PATCH", "/directories/{directory_id}", update),
    Route("DELETE", "/directories/{directory_id}", delete),
)
