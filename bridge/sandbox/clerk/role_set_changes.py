"""Writing role sets: make one, change it, add roles, put a role or a whole set in the place of another.

Clerk moves members in the background; here they have moved when the call is answered.
"""

import re
from typing import Any

import orjson

from bridge.sandbox.clerk import errors, role_sets, roles
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, one_of, text, texts, thing
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.role_sets import RoleSet
from bridge.sandbox.clerk.store import Store

_DUTIES = {"default_role_key": text(), "creator_role_key": text()}
_PLAIN = {"name": text(), "key": text(), "description": text(1024)}
_CREATE = Form(
    {**_PLAIN, **_DUTIES, "type": one_of("initial", "custom"), "roles": texts},
    required=("name", "default_role_key", "creator_role_key", "roles"),
)
_UPDATE = Form({**_PLAIN, **_DUTIES, "type": one_of("initial")}, closed=False)
_ADD = Form({**_DUTIES, "role_keys": texts}, required=("role_keys",), closed=False)
_REPLACE_ROLE = Form({"role_key": text(), "to_role_key": text()}, required=("role_key", "to_role_key"), closed=False)
_REPLACE = Form({"dest_role_set_key": text(), "reassignment_mappings": thing}, required=("dest_role_set_key",), closed=False)
_KEY = re.compile(r"role_set:[a-z0-9_]+")
_MOST_ROLES = 10  # in one set

_INSERT = """INSERT INTO role_sets (id, key, name, description, type, creator_role_id, default_role_id, created_at,
  updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_SAVE = """UPDATE role_sets SET key = ?, name = ?, description = ?, type = ?, creator_role_id = ?, default_role_id = ?,
  updated_at = ? WHERE id = ?"""
_GIVEN = """SELECT DISTINCT role FROM memberships
  WHERE organization_id IN (SELECT id FROM organizations WHERE role_set_id = ?)"""
_REASSIGN = """UPDATE memberships SET role = ?, updated_at = ?
  WHERE role = ? AND organization_id IN (SELECT id FROM organizations WHERE role_set_id = ?)"""
_MOVE = """UPDATE organizations SET role_set_id = ?,
  doc = CAST(json_set(CAST(doc AS TEXT), '$.role_set_key', ?) AS BLOB) WHERE role_set_id = ?"""


def create(call: Call) -> bytes:
    """POST /role_sets"""
    form = _CREATE.read(call.body)
    call.require(call.options.custom_roles, "role_sets")
    _check_size(form["roles"], "roles")
    if call.store.count("SELECT count(*) FROM role_sets") >= role_sets.MOST:
        raise errors.ROLE_SETS_QUOTA(limit=role_sets.MOST)
    key = form.get("key") or "role_set:" + re.sub(r"[^a-z0-9]+", "_", form["name"].lower()).strip("_")
    _check_key(call.store, key, None)
    members = {role_key: roles.of_key(call.store, role_key, "roles") for role_key in form["roles"]}
    made = RoleSet(
        id=new_id("roleset", call.now),
        key=key,
        name=form["name"],
        description=form.get("description"),
        type="custom",
        creator_role_id="",
        default_role_id=None,
        created_at=call.now,
        updated_at=call.now,
        roles=members,
    )
    _take_duties(call.store, made, form)
    insert(call.store, made)
    return _saved(call, made, form)


def update(call: Call) -> bytes:
    """PATCH /role_sets/{key or id}"""
    form = _UPDATE.read(call.body)
    role_set = role_sets.fetch(call.store, call.path["role_set_key_or_id"])
    if form.get("key"):
        _check_key(call.store, form["key"], role_set.id)
    for name in _PLAIN:
        if form.get(name) is not None:
            setattr(role_set, name, form[name])
    _take_duties(call.store, role_set, form)
    return _saved(call, role_set, form)


def add_roles(call: Call) -> bytes:
    """POST /role_sets/{key or id}/roles; a role that is there already may be named again."""
    form = _ADD.read(call.body)
    role_set = role_sets.fetch(call.store, call.path["role_set_key_or_id"])
    _check_size(form["role_keys"], "role_keys")
    for role_key in form["role_keys"]:
        _include(call.store, role_set, role_key, "role_keys")
    _check_size(list(role_set.roles), "role_keys")
    _take_duties(call.store, role_set, form)
    return _saved(call, role_set, form)


def replace_role(call: Call) -> bytes:
    """POST /role_sets/{key or id}/roles/replace: members and duties of the one go to the other."""
    form = _REPLACE_ROLE.read(call.body)
    role_set = role_sets.fetch(call.store, call.path["role_set_key_or_id"])
    old, new = role_set.roles.get(form["role_key"]), form["to_role_key"]
    if old is None:
        raise errors.ROLE_NOT_FOUND("role_key")
    if new == form["role_key"]:
        raise errors.VALUE("to_role_key", value=new)
    _include(call.store, role_set, new, "to_role_key")
    if role_set.creator_role_id == old["id"]:
        _take_duties(call.store, role_set, {"creator_role_key": new})
    if role_set.default_role_id == old["id"]:
        _take_duties(call.store, role_set, {"default_role_key": new})
    call.store.run(_REASSIGN, new, call.now, form["role_key"], role_set.id)
    del role_set.roles[form["role_key"]]
    call.store.run("DELETE FROM role_set_roles WHERE role_set_id = ? AND role_id = ?", role_set.id, old["id"])
    return _saved(call, role_set, {})


def replace(call: Call) -> bytes:
    """POST /role_sets/{key or id}/replace: its organizations take another set, and it is gone."""
    form = _REPLACE.read(call.body)
    role_set = role_sets.fetch(call.store, call.path["role_set_key_or_id"])
    target = role_sets.fetch(call.store, form["dest_role_set_key"])
    if target.id == role_set.id:
        raise errors.VALUE("dest_role_set_key", value=form["dest_role_set_key"])
    for old, new in _reassigned(call.store, role_set, target, form.get("reassignment_mappings") or {}):
        call.store.run(_REASSIGN, new, call.now, old, role_set.id)
    call.store.run(_MOVE, target.id, target.key, role_set.id)
    call.store.run("DELETE FROM role_set_roles WHERE role_set_id = ?", role_set.id)
    call.store.run("DELETE FROM role_sets WHERE id = ?", role_set.id)
    if role_set.type == "initial":
        call.store.run("UPDATE role_sets SET type = 'initial' WHERE id = ?", target.id)
    return orjson.dumps({"id": role_set.id, "object": "role_set", "deleted": True})


def insert(store: Store, role_set: RoleSet) -> None:
    """Store a role set and the roles that are in it."""
    row = (role_set.type, role_set.creator_role_id, role_set.default_role_id, role_set.created_at, role_set.updated_at)
    store.run(_INSERT, role_set.id, role_set.key, role_set.name, role_set.description, *row)
    for role in role_set.roles.values():
        store.run("INSERT INTO role_set_roles VALUES (?, ?)", role_set.id, role["id"])


def _include(store: Store, role_set: RoleSet, role_key: str, param: str) -> None:
    if role_key not in role_set.roles:
        role_set.roles[role_key] = roles.of_key(store, role_key, param)
        store.run("INSERT INTO role_set_roles VALUES (?, ?)", role_set.id, role_set.roles[role_key]["id"])


def _take_duties(store: Store, role_set: RoleSet, form: dict[str, Any]) -> None:
    for param in _DUTIES:
        if form.get(param):
            if form[param] not in role_set.roles:
                raise errors.VALUE(param, value=form[param])
            setattr(role_set, param.replace("_key", "_id"), role_set.roles[form[param]]["id"])
    if form.get("creator_role_key"):
        roles.require_creator(store, form["creator_role_key"])


def _saved(call: Call, role_set: RoleSet, form: dict[str, Any]) -> bytes:
    if form.get("type") == "initial":
        call.store.run("UPDATE role_sets SET type = 'custom' WHERE type = 'initial'")
        role_set.type = "initial"
    row = (role_set.key, role_set.name, role_set.description, role_set.type, role_set.creator_role_id)
    call.store.run(_SAVE, *row, role_set.default_role_id, call.now, role_set.id)
    if form.get("key"):
        call.store.run(_MOVE, role_set.id, role_set.key, role_set.id)
    call.news.append(f"role set {role_set.name} is written")
    return orjson.dumps(role_sets.answer(role_sets.fetch(call.store, role_set.id)))


def _reassigned(store: Store, old: RoleSet, new: RoleSet, mappings: dict[str, Any]) -> list[tuple[str, str]]:
    """(from, to) for every role that members of the old set's organizations have, and the new set has not."""
    lost = [role for (role,) in store.all(_GIVEN, old.id) if role not in new.roles]
    if missing := [role for role in lost if role not in mappings]:
        raise errors.MAPPINGS_MISSING(roleKeys=", ".join(missing))
    if invalid := [mappings[role] for role in lost if mappings[role] not in new.roles]:
        raise errors.MAPPINGS_INVALID(roleKey=invalid[0])
    return [(role, mappings[role]) for role in lost]


def _check_size(role_keys: list[str], param: str) -> None:
    if not role_keys:
        raise errors.MISSING(param)
    if len(role_keys) > _MOST_ROLES:
        raise errors.TOO_MANY_VALUES(param, size=_MOST_ROLES)


def _check_key(store: Store, key: str, role_set_id: str | None) -> None:
    if not _KEY.fullmatch(key):
        raise errors.FORMAT("key")
    if store.one("SELECT 1 FROM role_sets WHERE key = ? AND id IS NOT ?", key, role_set_id):
        raise errors.EXISTS("key")


ROUTES = (
    Route("POST", "/role_sets", create),
    Route("PATCH", "/role_sets/{role_set_key_or_id}", update),
    Route("POST", "/role_sets/{role_set_key_or_id}/roles", add_roles),
    Route("POST", "/role_sets/{role_set_key_or_id}/roles/replace", replace_role),
    Route("POST", "/role_sets/{role_set_key_or_id}/replace", replace),
)
