"""E-mail domains of an organization: whoever has an address there may be let in, by hand, by itself or on suggestion."""

import re
from typing import Any

from bridge.sandbox.clerk import documents, errors, organization_settings, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.documents import Document
from bridge.sandbox.clerk.forms import Form, flag, one_of, text
from bridge.sandbox.clerk.ids import new_id

MODES = ("manual_invitation", "automatic_invitation", "automatic_suggestion", "enterprise_sso")
NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}")

_KIND = "organization_domain"
_UPDATE = Form({"enrollment_mode": one_of(*MODES), "verified": flag}, closed=False)
_CREATE = Form({**_UPDATE.fields, "name": text(253)}, required=("name", "enrollment_mode"))


def create(call: Call) -> bytes:
    """POST /organizations/{organization_id}/domains"""
    form = _CREATE.read(call.body)
    name, organization_id = form["name"].lower(), _organization(call)
    if not NAME.fullmatch(name):
        raise errors.FORMAT("name")
    _require_mode(call, form["enrollment_mode"])
    for other in documents.everyone(call.store, _KIND):
        if other["name"] == name:
            same = other["organization_id"] == organization_id
            raise (errors.DOMAIN_OURS if same else errors.DOMAIN_TAKEN)("name")
    verified = form.get("verified") is not False
    return documents.insert(call.store, _new(call, organization_id, name, form["enrollment_mode"], verified))


def of_organization(call: Call) -> bytes:
    """GET /organizations/{organization_id}/domains"""
    organization_id = _organization(call)
    return documents.page(call, [item for item in _wanted(call) if item["organization_id"] == organization_id])


def of_instance(call: Call) -> bytes:
    """GET /organization_domains"""
    wanted, search = call.query.get("organization_id"), call.query.get("query", "").lower()
    found = [item for item in _wanted(call) if wanted in (None, "", item["organization_id"]) and search in item["name"]]
    if names := queries.values(call.query, "domains"):
        found = [item for item in found if item["name"] in names]
    return documents.page(call, found)


def update(call: Call) -> bytes:
    """PATCH /organizations/{organization_id}/domains/{domain_id}"""
    form = _UPDATE.read(call.body)
    domain = _fetch(call)
    if form.get("enrollment_mode"):
        _require_mode(call, form["enrollment_mode"])
        domain["enrollment_mode"] = form["enrollment_mode"]
    if form.get("verified") is not None:
        domain |= _verified(form["verified"])
    domain["updated_at"] = call.now
    return documents.save(call.store, domain)


def delete(call: Call) -> bytes:
    """DELETE /organizations/{organization_id}/domains/{domain_id}"""
    return documents.delete(call.store, _fetch(call))


def _wanted(call: Call) -> list[Document]:
    verified = queries.flag(call.query, "verified")
    modes = queries.values(call.query, "enrollment_mode")
    out = {mode[1:] for mode in modes if mode.startswith("-")}
    within = {mode for mode in modes if not mode.startswith("-")} or set(MODES)
    return [
        item
        for item in documents.everyone(call.store, _KIND)
        if item["enrollment_mode"] in within - out
        and verified in (None, item["affiliation_verification"]["status"] == "verified")
    ]


def _organization(call: Call) -> str:
    organization_id = call.path["organization_id"]
    if call.store.one("SELECT 1 FROM organizations WHERE id = ?", organization_id) is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    return organization_id


def _require_mode(call: Call, mode: str) -> None:
    settings = organization_settings.kept(call.store)
    if not settings["domains_enabled"]:
        raise errors.DOMAINS_OFF()
    if mode.startswith("automatic_") and mode not in settings["domains_enrollment_modes"]:
        raise errors.DOMAIN_MODE_OFF(enrollmentMode=mode)


def _fetch(call: Call) -> Document:
    domain = documents.fetch(call.store, _KIND, call.path["domain_id"], errors.RESOURCE_NOT_FOUND())
    if domain["organization_id"] != call.path["organization_id"]:
        raise errors.RESOURCE_NOT_FOUND()
    return domain


def _new(call: Call, organization_id: str, name: str, mode: str, verified: bool) -> Document:
    return {
        "object": _KIND,
        "id": new_id("orgdmn", call.now),
        "organization_id": organization_id,
        "name": name,
        "enrollment_mode": mode,
        "affiliation_email_address": None,
        **_verified(verified),
        "ownership_verification": None,
        "total_pending_invitations": 0,
        "total_pending_suggestions": 0,
        "created_at": call.now,
        "updated_at": call.now,
    }


def _verified(verified: bool) -> dict[str, Any]:
    status = "verified" if verified else "unverified"
    said = {"status": status, "strategy": "admin", "attempts": None, "expire_at": None, "verified_at": None}
    return {"affiliation_verification": said, "verification": said}


_PATH = "/organizations/{organization_id}/domains"
ROUTES = (
    Route("POST", _PATH, create),
    Route("GET", _PATH, of_organization, reads=True),
    Route("PATCH", f"{_PATH}/{{domain_id}}", update),
    Route("DELETE", f"{_PATH}/{{domain_id}}", delete),
    Route("GET", "/organization_domains", of_instance, reads=True),
)
