"""Clerk's own enterprise connections (SAML, OIDC): kept and listed, so that others can see them; nobody signs in by them."""

from typing import Any

import orjson

from bridge.sandbox.clerk import documents, errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.documents import Document
from bridge.sandbox.clerk.forms import Form, flag, one_of, text, texts, thing, things
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.organization_domains import NAME

KIND = "enterprise_connection"

_SAML = ("saml_custom", "saml_okta", "saml_google", "saml_microsoft")
_OIDC = ("oidc_custom", "oidc_github_enterprise", "oidc_gitlab")
_FIELDS = {
    "name": text(),
    "domains": texts,
    "organization_id": text(),
    "allow_organization_account_linking": flag,
    "active": flag,
    "saml": thing,
    "oidc": thing,
    "custom_attributes": things,
}
_CREATE = Form({**_FIELDS, "provider": one_of(*_SAML, *_OIDC)}, required=("name", "provider", "domains"))
_UPDATE = Form({**_FIELDS, "sync_user_attributes": flag, "disable_additional_identifications": flag})
_PLAIN = (
    "name",
    "organization_id",
    "allow_organization_account_linking",
    "active",
    "custom_attributes",
    "sync_user_attributes",
    "disable_additional_identifications",
)
_SAML_SHOWN = ("idp_entity_id", "idp_sso_url", "idp_metadata_url", "allow_idp_initiated", "allow_subdomains", "force_authn")
_OIDC_SHOWN = ("client_id", "discovery_url", "auth_url", "token_url", "user_info_url", "requires_pkce")


def list_connections(call: Call) -> bytes:
    """GET /enterprise_connections"""
    active, organization_id = queries.flag(call.query, "active"), call.query.get("organization_id")
    found = documents.everyone(call.store, KIND)
    found = [item for item in found if organization_id in (None, "", item["organization_id"])]
    return documents.page(call, [item for item in found if active in (None, item["active"])])


def create(call: Call) -> bytes:
    """POST /enterprise_connections"""
    form = _CREATE.read(call.body)
    if not form["domains"]:
        raise errors.MISSING("domains")
    connection = _new(call, form["provider"])
    _apply(call, connection, form)
    call.news.append(f"the enterprise connection {connection['name']} is made")
    return documents.insert(call.store, connection)


def get(call: Call) -> bytes:
    """GET /enterprise_connections/{enterprise_connection_id}"""
    return orjson.dumps(_fetch(call))


def update(call: Call) -> bytes:
    """PATCH /enterprise_connections/{enterprise_connection_id}"""
    form = _UPDATE.read(call.body)
    connection = _fetch(call)
    _apply(call, connection, form)
    connection["updated_at"] = call.now
    return documents.save(call.store, connection)


def delete(call: Call) -> bytes:
    """DELETE /enterprise_connections/{enterprise_connection_id}: its directory goes too."""
    connection = _fetch(call)
    for directory in documents.everyone(call.store, "directory"):
        if directory["enterprise_connection_id"] == connection["id"]:
            documents.delete(call.store, directory)
    return documents.delete(call.store, connection)


def _apply(call: Call, connection: Document, form: dict[str, Any]) -> None:
    organization_id = form.get("organization_id")
    if organization_id and call.store.one("SELECT 1 FROM organizations WHERE id = ?", organization_id) is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    connection |= {name: form[name] for name in _PLAIN if form.get(name) is not None}
    if form.get("domains"):
        connection["domains"] = [domain.lower() for domain in form["domains"]]
        if not all(NAME.fullmatch(domain) for domain in connection["domains"]):
            raise errors.FORMAT("domains")
    _configure(connection, form)


def _configure(connection: Document, form: dict[str, Any]) -> None:
    """What is secret (a certificate, a client's secret) is not kept."""
    if connection["provider"] in _SAML:
        given = form.get("saml") or {}
        shown = {name: given[name] for name in _SAML_SHOWN if name in given}
        config = (connection["saml_connection"] or {"id": f"samlc_{connection['id'][5:]}"}) | shown
        connection["saml_connection"] = config | {"name": connection["name"], "active": connection["active"]}
    else:
        given = form.get("oidc") or {}
        shown = {name: given[name] for name in _OIDC_SHOWN if name in given}
        config = connection["oauth_config"] or {"id": f"oac_{connection['id'][5:]}", "created_at": connection["created_at"]}
        same = {"name": connection["name"], "provider_key": connection["provider"], "updated_at": connection["updated_at"]}
        connection["oauth_config"] = config | shown | same


def _fetch(call: Call) -> Document:
    return documents.fetch(call.store, KIND, call.path["enterprise_connection_id"], errors.RESOURCE_NOT_FOUND())


def _new(call: Call, provider: str) -> Document:
    return {
        "object": KIND,
        "id": new_id("entc", call.now),
        "name": "",
        "provider": provider,
        "logo_public_url": None,
        "active": False,
        "domains": [],
        "organization_id": None,
        "authenticatable": True,
        "disable_jit_provisioning": False,
        "sync_user_attributes": True,
        "disable_additional_identifications": False,
        "allow_organization_account_linking": False,
        "custom_attributes": [],
        "saml_connection": None,
        "oauth_config": None,
        "created_at": call.now,
        "updated_at": call.now,
    }


_PATH = "/enterprise_connections"
ROUTES = (
    Route("GET", _PATH, list_connections, reads=True),
    Route("POST", _PATH, create, status=201),
    Route("GET", f"{_PATH}/{{enterprise_connection_id}}", get, reads=True),
    Route("PATCH", f"{_PATH}/{{enterprise_connection_id}}", update),
    Route("DELETE", f"{_PATH}/{{enterprise_connection_id}}", delete),
)
