"""Organizations (the dashboard's workspaces): create, find by id or slug, change, delete."""

import re
from typing import Any

import orjson

from bridge.sandbox.clerk import errors, memberships, organization_settings, people, queries, role_sets
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, at_least, flag, metadata, milliseconds, moment, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.limits import per_organization
from bridge.sandbox.clerk.metadata import METADATA_SINCE, merged, replaced
from bridge.sandbox.clerk.queries import Where
from bridge.sandbox.clerk.store import Store

Organization = dict[str, Any]

_KINDS = ("public_metadata", "private_metadata")
_METADATA = dict.fromkeys(_KINDS, metadata)
_METADATA_FORM = Form(_METADATA)
_CREATE = Form(
    {
        **_METADATA,
        "name": text(),
        "created_by": text(),
        "slug": text(),
        "max_allowed_memberships": at_least(0),
        "created_at": moment,
        "role_set_key": text(),
    },
    required=("name",),
    closed=False,
)
_UPDATE = Form(
    {
        "name": text(),
        "slug": text(),
        "max_allowed_memberships": at_least(0),
        "admin_delete_enabled": flag,
        "created_at": moment,
        "role_set_key": text(),
    }
)
_UPDATE_WITH_METADATA = Form({**_UPDATE.fields, **_METADATA})
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LINK = re.compile(r"https?://|www\.|<[^>]*>", re.IGNORECASE)
_MEMBERS = "(SELECT count(*) FROM memberships WHERE organization_id = organizations.id)"
_GOVERNED = """SELECT 1 FROM memberships JOIN roles ON roles.key = memberships.role
  WHERE organization_id = ? AND roles.governs"""
_INSERT = """INSERT INTO organizations (doc, slug, name, max_members, created_at, role_set_id, id)
  VALUES (?, ?, ?, ?, ?, (SELECT id FROM role_sets WHERE key = ?), ?)"""
_UPDATE_ROW = """UPDATE organizations SET doc = ?, slug = ?, name = ?, max_members = ?, created_at = ?,
  role_set_id = (SELECT id FROM role_sets WHERE key = ?) WHERE id = ?"""
_DELETE_DOMAINS = """DELETE FROM documents
  WHERE kind = 'organization_domain' AND json_extract(CAST(doc AS TEXT), '$.organization_id') = ?"""
_GIVEN_BEYOND = """SELECT role FROM memberships WHERE organization_id = ? AND role NOT IN (SELECT roles.key FROM roles
  JOIN role_set_roles s ON s.role_id = roles.id WHERE s.role_set_id = ?)"""
_ORDERS = {"name": "name COLLATE NOCASE", "created_at": "created_at", "members_count": _MEMBERS}


def create(call: Call) -> bytes:
    """POST /organizations; `created_by` becomes a member with the creator role."""
    form = _CREATE.read(call.body)
    settings = organization_settings.kept(call.store)
    _require_place(call, settings)
    _check(call.store, form, None, settings)
    organization = _new(call, form, settings)
    if form.get("created_by"):
        if call.store.one("SELECT 1 FROM users WHERE id = ?", form["created_by"]) is None:
            raise errors.CREATOR_NOT_FOUND(userID=form["created_by"])
        organization["created_by"] = form["created_by"]
    call.store.run(_INSERT, *_row(organization))
    if form.get("created_by"):
        creator = role_sets.creator_key(call.store, organization["role_set_key"])
        memberships.insert(call, organization["id"], form["created_by"], creator)
    call.news.append(f"workspace {organization['name']} is created")
    return orjson.dumps(organization)


def list_organizations(call: Call) -> bytes:
    """GET /organizations"""
    where = Where()
    where.signed(
        "id IN (SELECT organization_id FROM memberships WHERE user_id IN ({}))", queries.values(call.query, "user_id")
    )
    where.signed("id IN ({})", queries.values(call.query, "organization_id"))
    where.like(("name", "slug", "id"), call.query.get("query"))
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "seq")
    total = call.store.count(f"SELECT count(*) FROM organizations{where.sql}", *where.values)  # noqa: S608
    sql = f"SELECT doc FROM organizations{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608 - built from code
    found = [_answered(call, bytes(row[0])) for row in call.store.all(sql, *where.values, limit, offset)]
    return b'{"data":[' + b",".join(found) + b'],"total_count":' + str(total).encode() + b"}"


def get(call: Call) -> bytes:
    """GET /organizations/{id or slug}"""
    wanted = call.path["organization_id"]
    row = call.store.one("SELECT doc FROM organizations WHERE id = ? OR slug = ?", wanted, wanted)
    if row is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    return _answered(call, bytes(row[0]))


def update(call: Call) -> bytes:
    """PATCH /organizations/{id}; metadata is merged, and taken by older API versions only."""
    form = (_UPDATE if call.version >= METADATA_SINCE else _UPDATE_WITH_METADATA).read(call.body)
    organization = fetch(call.store, call.path["organization_id"])
    _check(call.store, form, organization["id"], organization_settings.kept(call.store))
    for name in ("name", "slug", "max_allowed_memberships", "admin_delete_enabled", "role_set_key"):
        if form.get(name) not in (None, ""):
            organization[name] = form[name]
    if form.get("created_at"):
        organization["created_at"] = milliseconds(form["created_at"])
    merged(organization, {kind: form[kind] for kind in _KINDS if kind in form})
    call.news.append(f"workspace {organization['name']} is updated")
    return _save(call, organization)


def merge_metadata(call: Call) -> bytes:
    """PATCH /organizations/{id}/metadata"""
    organization = fetch(call.store, call.path["organization_id"])
    merged(organization, _METADATA_FORM.read(call.body))
    return _save(call, organization)


def replace_metadata(call: Call) -> bytes:
    """PUT /organizations/{id}/metadata"""
    organization = fetch(call.store, call.path["organization_id"])
    replaced(organization, _METADATA_FORM.read(call.body))
    return _save(call, organization)


def delete(call: Call) -> bytes:
    """DELETE /organizations/{id}: its memberships go too."""
    organization = fetch(call.store, call.path["organization_id"])
    for table in ("memberships", "invitations"):
        call.store.run(f"DELETE FROM {table} WHERE organization_id = ?", organization["id"])  # noqa: S608 - the names above
    call.store.run(_DELETE_DOMAINS, organization["id"])
    call.store.run("DELETE FROM organizations WHERE id = ?", organization["id"])
    call.news.append(f"workspace {organization['name']} is deleted")
    answer = {"id": organization["id"], "object": "organization", "slug": organization["slug"], "deleted": True}
    return orjson.dumps(answer)


def fetch(store: Store, organization_id: str) -> Organization:
    """The organization, or 404."""
    row = store.one("SELECT doc FROM organizations WHERE id = ?", organization_id)
    if row is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    organization: Organization = orjson.loads(row[0])
    return organization


def _require_place(call: Call, settings: dict[str, Any]) -> None:
    if not settings["enabled"]:
        raise errors.ORGANIZATIONS_OFF()
    most = call.options.organizations_cap
    if most is not None and call.store.count("SELECT count(*) FROM organizations") >= most:
        raise errors.ORGANIZATIONS_QUOTA(limit=most)


def _new(call: Call, form: dict[str, Any], settings: dict[str, Any]) -> Organization:
    most = form.get("max_allowed_memberships")
    organization_id = new_id("org", call.now)
    return {
        "object": "organization",
        "id": organization_id,
        "name": form["name"],
        "slug": form.get("slug") or _free_slug(call.store, form["name"], organization_id),
        "image_url": people.IMAGE,
        "has_image": False,
        "max_allowed_memberships": settings["max_allowed_memberships"] if most is None else most,
        "admin_delete_enabled": settings["admin_delete_enabled"],
        "public_metadata": form.get("public_metadata") or {},
        "private_metadata": form.get("private_metadata") or {},
        "created_at": milliseconds(form["created_at"]) if form.get("created_at") else call.now,
        "updated_at": call.now,
        "role_set_key": form.get("role_set_key") or role_sets.initial_key(call.store),
    }


def _save(call: Call, organization: Organization) -> bytes:
    organization["updated_at"] = call.now
    row = _row(organization)
    call.store.run(_UPDATE_ROW, *row)
    return row[0]


def _row(organization: Organization) -> tuple[bytes, str, str, int, int, str, str]:
    return (
        orjson.dumps(organization),
        organization["slug"],
        organization["name"],
        organization["max_allowed_memberships"],
        organization["created_at"],
        organization["role_set_key"],
        organization["id"],
    )


def _check(store: Store, form: dict[str, Any], organization_id: str | None, settings: dict[str, Any]) -> None:
    name, slug = form.get("name"), form.get("slug")
    if slug and settings["slug_disabled"]:
        raise errors.SLUGS_OFF()
    if name and _LINK.search(name):
        raise errors.NAME_INVALID("name", value=f'"{name}"', name="it must not contain a URL or HTML")
    if slug and not _SLUG.fullmatch(slug):
        raise errors.FORMAT("slug")
    if slug and store.one("SELECT 1 FROM organizations WHERE slug = ? AND id IS NOT ?", slug, organization_id):
        raise errors.EXISTS("slug")
    if form.get("role_set_key"):
        _check_role_set(store, form["role_set_key"], organization_id)


def _check_role_set(store: Store, key: str, organization_id: str | None) -> None:
    """An organization may take a role set that has every role its members have."""
    role_set = role_sets.find(store, key)
    if role_set is None:
        raise errors.REFERENCE_MISSING("role_set_key")
    beyond = store.one(_GIVEN_BEYOND, organization_id, role_set.id)
    if beyond is not None:
        raise errors.ROLE_ON_SET_ASSIGNED(roleKey=beyond[0])


def _free_slug(store: Store, name: str, organization_id: str) -> str:
    """Made from the name, with the end of the id where that is taken or empty."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "workspace"
    taken = store.one("SELECT 1 FROM organizations WHERE slug = ?", slug) is not None
    return f"{slug}-{organization_id[-8:].lower()}" if taken else slug


def _answered(call: Call, document: bytes) -> bytes:
    """The stored bytes, with the counts that the request asked for."""
    counted = queries.flag(call.query, "include_members_count")
    governed = queries.flag(call.query, "include_missing_member_with_elevated_permissions")
    if not counted and not governed:
        return document
    organization: Organization = orjson.loads(document)
    if counted:
        sql = "SELECT count(*) FROM memberships WHERE organization_id = ?"
        organization["members_count"] = call.store.count(sql, organization["id"])
    if governed:
        missing = call.store.one(_GOVERNED, organization["id"]) is None
        organization["missing_member_with_elevated_permissions"] = missing
    return orjson.dumps(organization)


ROUTES = (
    Route("POST", "/organizations", create),
    Route("GET", "/organizations", list_organizations, reads=True),
    Route("GET", "/organizations/{organization_id}", get, reads=True),
    Route("PATCH", "/organizations/{organization_id}", update, limited=per_organization),
    Route("DELETE", "/organizations/{organization_id}", delete),
    Route("PATCH", "/organizations/{organization_id}/metadata", merge_metadata, limited=per_organization),
    Route("PUT", "/organizations/{organization_id}/metadata", replace_metadata, limited=per_organization),
)
