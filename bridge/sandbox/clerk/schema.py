"""The tables of the sandbox's own database, and how a file of an earlier version becomes one of this version.

Rows keep the very bytes that are answered (`doc`) beside the few columns that are searched.
"""

VERSION = 1  # kept in the file as its user_version

TABLES = (
    "users",
    "emails",
    "organizations",
    "memberships",
    "sessions",
    "permissions",
    "roles",
    "role_sets",
    "role_set_roles",
    "sign_in_tokens",
    "jwt_templates",
    "invitations",
    "documents",
    "managed",
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, external_id TEXT UNIQUE,
  username TEXT UNIQUE COLLATE NOCASE, email TEXT, first_name TEXT, last_name TEXT, banned INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, last_active_at INTEGER, last_sign_in_at INTEGER,
  public BLOB NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS emails (
  id TEXT PRIMARY KEY, address TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS organizations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  max_members INTEGER NOT NULL, created_at INTEGER NOT NULL, role_set_id TEXT NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL, user_id TEXT NOT NULL,
  role TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  public_metadata BLOB NOT NULL, private_metadata BLOB NOT NULL, UNIQUE (organization_id, user_id));
CREATE TABLE IF NOT EXISTS sessions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, client_id TEXT NOT NULL,
  live INTEGER NOT NULL, expires_at INTEGER NOT NULL, origin TEXT, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS permissions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  created_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS roles (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  created_at INTEGER NOT NULL, governs INTEGER NOT NULL, permission_keys BLOB NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS role_sets (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  description TEXT, type TEXT NOT NULL, creator_role_id TEXT NOT NULL, default_role_id TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS role_set_roles (
  role_set_id TEXT NOT NULL, role_id TEXT NOT NULL, PRIMARY KEY (role_set_id, role_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sign_in_tokens (
  id TEXT PRIMARY KEY, token TEXT NOT NULL, user_id TEXT NOT NULL, organization_id TEXT, expires_at INTEGER NOT NULL,
  doc BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jwt_templates (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, signing_key TEXT,
  doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS invitations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL, email TEXT NOT NULL,
  role TEXT NOT NULL, status TEXT NOT NULL, expires_at INTEGER NOT NULL, created_at INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS managed (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instance (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX IF NOT EXISTS users_by_age ON users (created_at, seq);
CREATE INDEX IF NOT EXISTS users_by_activity ON users (last_active_at);
CREATE INDEX IF NOT EXISTS emails_of_user ON emails (user_id);
CREATE INDEX IF NOT EXISTS memberships_of_user ON memberships (user_id);
CREATE INDEX IF NOT EXISTS memberships_of_organization ON memberships (organization_id, created_at, seq);
CREATE INDEX IF NOT EXISTS memberships_by_age ON memberships (created_at, seq);
CREATE INDEX IF NOT EXISTS memberships_by_role ON memberships (role, organization_id, created_at, seq);
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user_id, live, expires_at);
CREATE INDEX IF NOT EXISTS sessions_of_client ON sessions (client_id);
CREATE INDEX IF NOT EXISTS invitations_of_organization ON invitations (organization_id, status, expires_at);
CREATE INDEX IF NOT EXISTS documents_by_kind ON documents (kind);
CREATE UNIQUE INDEX IF NOT EXISTS sign_in_tokens_by_token ON sign_in_tokens (token);
CREATE INDEX IF NOT EXISTS sign_in_tokens_of_user ON sign_in_tokens (user_id);
"""

# a file from before role sets could be written: the roles that could be given were marked, and there was one set of them
FROM_VERSION_0 = """
INSERT INTO role_sets (id, key, name, description, type, creator_role_id, default_role_id, created_at, updated_at)
  SELECT role_set.value, 'role_set:default', 'Default', NULL, 'initial', creator.value, member.value,
    CAST(born.value AS INTEGER), CAST(born.value AS INTEGER)
  FROM instance role_set JOIN instance creator ON creator.name = 'creator_role_id'
    JOIN instance born ON born.name = 'created_at' LEFT JOIN instance member ON member.name = 'default_role_id'
  WHERE role_set.name = 'role_set_id';
INSERT INTO role_set_roles SELECT role_sets.id, roles.id FROM roles, role_sets WHERE roles.assignable;
DELETE FROM instance WHERE name IN ('role_set_id', 'creator_role_id', 'default_role_id');
ALTER TABLE roles DROP COLUMN assignable;
ALTER TABLE organizations ADD COLUMN role_set_id TEXT;
UPDATE organizations SET role_set_id = (SELECT id FROM role_sets);
ALTER TABLE sessions ADD COLUMN origin TEXT;
ALTER TABLE sign_in_tokens ADD COLUMN token TEXT;
UPDATE sign_in_tokens SET token = json_extract(CAST(doc AS TEXT), '$.token');
"""
