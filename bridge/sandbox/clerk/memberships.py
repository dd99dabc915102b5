"""Memberships: one role per person and organization, and the rules by which Clerk refuses a change.

An answer is spliced from the membership's own columns and the stored bytes of its role, organization and user.
"""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors, managed, people
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, metadata, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.limits import per_membership
from bridge.sandbox.clerk.metadata import merged
from bridge.sandbox.clerk.store import Row, Store

_KINDS = ("public_metadata", "private_metadata")
_METADATA = dict.fromkeys(_KINDS, metadata)
_CREATE = Form({**_METADATA, "user_id": text(), "role": text()}, required=("user_id", "role"), closed=False)
_UPDATE = Form({"role": text()}, required=("role",), closed=False)
_METADATA_FORM = Form(_METADATA)

SELECT = """SELECT m.id, m.role, r.name, r.permission_keys, m.public_metadata, m.private_metadata, o.doc, u.public,
  m.created_at, m.updated_at FROM memberships m JOIN roles r ON r.key = m.role
  JOIN organizations o ON o.id = m.organization_id JOIN users u ON u.id = m.user_id"""
_ONE = " WHERE m.organization_id = ? AND m.user_id = ?"
_INSERT = """INSERT INTO memberships (id, organization_id, user_id, role, created_at, updated_at, public_metadata,
  private_metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_GIVABLE = """SELECT r.governs, r.name FROM organizations o JOIN role_set_roles s ON s.role_set_id = o.role_set_id
  JOIN roles r ON r.id = s.role_id WHERE o.id = ? AND r.key = ?"""
_INVITED = """SELECT count(*) FROM invitations
  WHERE organization_id = ? AND status = 'pending' AND expires_at > ?"""
_OTHER_GOVERNORS = """SELECT 1 FROM memberships m JOIN roles r ON r.key = m.role
  WHERE m.organization_id = ? AND m.user_id != ? AND r.governs"""


def create(call: Call) -> bytes:
    """POST /organizations/{id}/memberships"""
    form = _CREATE.read(call.body)
    organization_id, user_id = call.path["organization_id"], form["user_id"]
    require_place(call, organization_id)
    people.fetch_bytes(call.store, user_id)
    require_role(call.store, organization_id, form["role"])
    if _row(call.store, organization_id, user_id) is not None:
        raise errors.ALREADY_A_MEMBER(user=user_id)
    insert(call, organization_id, user_id, form["role"], form)
    _tell(call, organization_id, user_id, f"is {form['role']} in")
    return _answer(call.store, organization_id, user_id)


def update(call: Call) -> bytes:
    """PATCH /organizations/{id}/memberships/{user_id}: another role."""
    role = _UPDATE.read(call.body)["role"]
    organization_id, user_id = call.path["organization_id"], call.path["user_id"]
    _require(call.store, organization_id, user_id)
    managed.refuse_membership(call.store, organization_id)
    if not _givable(call.store, organization_id, role)[0]:
        _require_other_governor(call.store, organization_id, user_id)
    sql = "UPDATE memberships SET role = ?, updated_at = ? WHERE organization_id = ? AND user_id = ?"
    call.store.run(sql, role, call.now, organization_id, user_id)
    _tell(call, organization_id, user_id, f"becomes {role} in")
    return _answer(call.store, organization_id, user_id)


def delete(call: Call) -> bytes:
    """DELETE /organizations/{id}/memberships/{user_id}: answers the membership that was."""
    organization_id, user_id = call.path["organization_id"], call.path["user_id"]
    _require(call.store, organization_id, user_id)
    managed.refuse_membership(call.store, organization_id)
    _require_other_governor(call.store, organization_id, user_id)
    of_user = call.store.count("SELECT count(*) FROM memberships WHERE user_id = ?", user_id)
    if call.options.membership_required and of_user == 1:
        raise errors.PERSONAL_ACCOUNTS()
    answer = _answer(call.store, organization_id, user_id)
    _tell(call, organization_id, user_id, "leaves")
    call.store.run("DELETE FROM memberships WHERE organization_id = ? AND user_id = ?", organization_id, user_id)
    return answer


def merge_metadata(call: Call) -> bytes:
    """PATCH /organizations/{id}/memberships/{user_id}/metadata"""
    form = _METADATA_FORM.read(call.body)
    organization_id, user_id = call.path["organization_id"], call.path["user_id"]
    row = _require(call.store, organization_id, user_id)
    kept = {"public_metadata": orjson.loads(row[4]), "private_metadata": orjson.loads(row[5])}
    merged(kept, form)
    sql = "UPDATE memberships SET public_metadata = ?, private_metadata = ?, updated_at = ? WHERE id = ?"
    call.store.run(sql, *(orjson.dumps(kept[kind]) for kind in _KINDS), call.now, row[0])
    return _answer(call.store, organization_id, user_id)


def insert(call: Call, organization_id: str, user_id: str, role: str, form: dict[str, Any] | None = None) -> None:
    """Store a membership whose role and people were checked."""
    kinds = [orjson.dumps((form or {}).get(kind) or {}) for kind in _KINDS]
    call.store.run(_INSERT, new_id("orgmem", call.now), organization_id, user_id, role, call.now, call.now, *kinds)


def require_place(call: Call, organization_id: str) -> None:
    """404 without the organization, 403 where its members and those invited are as many as it may have."""
    row = call.store.one("SELECT max_members FROM organizations WHERE id = ?", organization_id)
    if row is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    limit = row[0]
    if limit:
        taken = call.store.count("SELECT count(*) FROM memberships WHERE organization_id = ?", organization_id)
        if taken + call.store.count(_INVITED, organization_id, call.now) >= limit:
            raise errors.MEMBERSHIP_QUOTA(limit=limit)


def require_role(store: Store, organization_id: str, key: str) -> str:
    """The role's name; 404 where the organization's role set has no such role."""
    return str(_givable(store, organization_id, key)[1])


def render(row: Row) -> bytes:
    """The answer for a row of `SELECT`."""
    membership_id, role, role_name, permissions, public, private, organization, user, created_at, updated_at = row
    return orjson.dumps(
        {
            "object": "organization_membership",
            "id": membership_id,
            "role": role,
            "role_name": role_name,
            "permissions": orjson.Fragment(permissions),
            "public_metadata": orjson.Fragment(public),
            "private_metadata": orjson.Fragment(private),
            "organization": orjson.Fragment(organization),
            "public_user_data": orjson.Fragment(user),
            "created_at": created_at,
            "updated_at": updated_at,
        }
    )


def _row(store: Store, organization_id: str, user_id: str) -> Row | None:
    return store.one(SELECT + _ONE, organization_id, user_id)


def _require(store: Store, organization_id: str, user_id: str) -> Row:
    row = _row(store, organization_id, user_id)
    if row is None:
        raise errors.RESOURCE_NOT_FOUND()
    return row


def _answer(store: Store, organization_id: str, user_id: str) -> bytes:
    return render(_require(store, organization_id, user_id))


def _givable(store: Store, organization_id: str, key: str) -> Row:
    """(whether it holds the minimum permissions, name) of a role that the organization may give."""
    row = store.one(_GIVABLE, organization_id, key)
    if row is None:
        raise errors.ROLE_NOT_FOUND("role")
    return row


def _require_other_governor(store: Store, organization_id: str, user_id: str) -> None:
    """Who holds the minimum permissions may not go as the last one who does."""
    sql = """SELECT r.governs FROM memberships m JOIN roles r ON r.key = m.role
      WHERE m.organization_id = ? AND m.user_id = ?"""
    governs = store.one(sql, organization_id, user_id)
    if governs and governs[0] and store.one(_OTHER_GOVERNORS, organization_id, user_id) is None:
        raise errors.MINIMUM_PERMISSIONS()


def _tell(call: Call, organization_id: str, user_id: str, what: str) -> None:
    name = call.store.one("SELECT name FROM organizations WHERE id = ?", organization_id)
    user = people.fetch(call.store, user_id)
    call.news.append(f"{people.display_name(user)} {what} {name[0] if name else organization_id}")


ROUTES = (
    Route("POST", "/organizations/{organization_id}/memberships", create),
    Route("PATCH", "/organizations/{organization_id}/memberships/{user_id}", update, limited=per_membership),
    Route("DELETE", "/organizations/{organization_id}/memberships/{user_id}", delete),
    Route(
        "PATCH",
        "/organizations/{organization_id}/memberships/{user_id}/metadata",
        merge_metadata,
        limited=per_membership,
    ),
)
