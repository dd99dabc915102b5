"""A folder of an earlier version of the sandbox: what it holds is still there, in this version's tables."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import orjson

from bridge.sandbox.clerk import people, roles
from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client

VERSION_0 = """
CREATE TABLE organizations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  max_members INTEGER NOT NULL, created_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE sessions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, client_id TEXT NOT NULL,
  live INTEGER NOT NULL, expires_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE roles (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  created_at INTEGER NOT NULL, assignable INTEGER NOT NULL, governs INTEGER NOT NULL, permission_keys BLOB NOT NULL,
  doc BLOB NOT NULL);
CREATE TABLE sign_in_tokens (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL, organization_id TEXT, expires_at INTEGER NOT NULL, doc BLOB NOT NULL)
  WITHOUT ROWID;
CREATE TABLE instance (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
NOW = 1_700_000_000_000
ORGANIZATION = {
    "object": "organization",
    "id": "org_1",
    "name": "Production",
    "slug": "production",
    "image_url": people.IMAGE,
    "has_image": False,
    "max_allowed_memberships": 0,
    "admin_delete_enabled": True,
    "public_metadata": {},
    "private_metadata": {},
    "created_at": NOW,
    "updated_at": NOW,
    "role_set_key": "role_set:default",
}
TICKET = {"object": "sign_in_token", "id": "sit_1", "user_id": "user_1", "status": "pending", "token": "t"}


def older_file(folder: Path) -> None:
    """One workspace, three roles of which one cannot be given, and a ticket."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "clerk.db")
    connection.executescript(VERSION_0)
    for key, governs, assignable in (("org:admin", 1, 1), ("org:member", 0, 1), ("org:outside", 0, 0)):
        role = roles.blank(key, key, None, NOW) | {"id": f"role_{key}", "is_creator_eligible": bool(governs)}
        row = (role["id"], key, key, NOW, assignable, governs, b"[]", orjson.dumps(role))
        connection.execute("INSERT INTO roles VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    facts = {"id": "ins_1", "role_set_id": "role_set_1", "created_at": "1700000000000"}
    facts |= {"creator_role_id": "role_org:admin", "default_role_id": "role_org:member"}
    connection.executemany("INSERT INTO instance VALUES (?, ?)", facts.items())
    place = ("org_1", "production", "Production", 0, NOW, orjson.dumps(ORGANIZATION))
    connection.execute("INSERT INTO organizations VALUES (NULL, ?, ?, ?, ?, ?, ?)", place)
    ticket = ("sit_1", "user_1", None, 2**62, orjson.dumps(TICKET | {"created_at": NOW, "updated_at": 5}))
    connection.execute("INSERT INTO sign_in_tokens VALUES (?, ?, ?, ?, ?)", ticket)
    connection.commit()
    connection.close()


def test_a_folder_of_an_earlier_version_is_taken_over(sandboxes: Callable[..., RunningSandbox], tmp_path: Path) -> None:
    older_file(tmp_path / "older")
    for _ in range(2):  # and opened again
        sandbox = sandboxes(tmp_path / "older")
        with client(sandbox) as api:
            (role_set,) = api.get("/role_sets").json()["data"]
            assert (role_set["id"], role_set["key"], role_set["type"]) == ("role_set_1", "role_set:default", "initial")
            assert [item["key"] for item in role_set["roles"]] == ["org:admin", "org:member"]
            assert (role_set["creator_role"]["key"], role_set["default_role"]["key"]) == ("org:admin", "org:member")
            assert api.get("/organizations/production").json() == ORGANIZATION
            mia = api.post("/users", json={"skip_user_requirement": True}).json()["id"]
            path = "/organizations/org_1/memberships"
            assert api.post(path, json={"user_id": mia, "role": "org:outside"}).status_code == 404
            assert api.post(path, json={"user_id": mia, "role": "org:member"}).status_code == 200
            assert api.post("/sessions", json={"user_id": mia}).status_code == 200
        sandbox.stop()
    with client(sandboxes(tmp_path / "older")) as api:
        assert api.post("/sign_in_tokens/sit_1/revoke").json()["status"] == "revoked"
