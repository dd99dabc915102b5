"""The first schema: directory, accounts and persons, marks, grants, holds, audit. Written out, so that it never changes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:  # noqa: PLR0915 - one statement a table and index
    op.create_table(
        "scim_group",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("external_id", KEY, nullable=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("display_key", KEY, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("ix_group_display", "scim_group", ["connection", "display_key"], unique=False)
    op.create_index("ix_group_external_id", "scim_group", ["connection", "external_id"], unique=False)
    op.create_index("ix_group_id", "scim_group", ["connection", "id"], unique=True)
    op.create_index("ix_group_order", "scim_group", ["connection", "pk"], unique=False)
    op.create_table(
        "scim_user",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("external_id", KEY, nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_name_key", KEY, nullable=False),
        sa.Column("display_key", KEY, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("source", KEY, server_default=sa.text("'scim'"), nullable=False),
        sa.Column("run", KEY, nullable=True),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("ix_user_active", "scim_user", ["connection", "active", "pk"], unique=False)
    op.create_index("ix_user_display", "scim_user", ["connection", "display_key"], unique=False)
    op.create_index("ix_user_external_id", "scim_user", ["connection", "external_id"], unique=True)
    op.create_index("ix_user_id", "scim_user", ["connection", "id"], unique=True)
    op.create_index("ix_user_modified", "scim_user", ["connection", "modified", "pk"], unique=False)
    op.create_index("ix_user_name", "scim_user", ["connection", "user_name_key"], unique=True)
    op.create_index("ix_user_order", "scim_user", ["connection", "pk"], unique=False)
    op.create_table(
        "scim_email",
        sa.Column("user_pk", sa.BigInteger(), nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("value_key", KEY, nullable=False),
        sa.Column("type", KEY, nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_pk"],
            ["scim_user.pk"],
        ),
    )
    op.create_index("ix_email_user", "scim_email", ["user_pk"], unique=False)
    op.create_index("ix_email_value", "scim_email", ["connection", "value_key"], unique=False)
    op.create_table(
        "scim_member",
        sa.Column("group_pk", sa.BigInteger(), nullable=False),
        sa.Column("user_pk", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_pk"],
            ["scim_group.pk"],
        ),
        sa.ForeignKeyConstraint(
            ["user_pk"],
            ["scim_user.pk"],
        ),
        sa.PrimaryKeyConstraint("group_pk", "user_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_user", "scim_member", ["user_pk", "group_pk"], unique=False)
    op.create_table(
        "scim_nested",
        sa.Column("group_pk", sa.BigInteger(), nullable=False),
        sa.Column("child_pk", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_pk"],
            ["scim_group.pk"],
        ),
        sa.ForeignKeyConstraint(
            ["group_pk"],
            ["scim_group.pk"],
        ),
        sa.PrimaryKeyConstraint("group_pk", "child_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_nested_child", "scim_nested", ["child_pk", "group_pk"], unique=False)
    op.create_table(
        "scim_pending",
        sa.Column("group_pk", sa.BigInteger(), nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_pk"],
            ["scim_group.pk"],
        ),
        sa.PrimaryKeyConstraint("group_pk", "value"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pending_value", "scim_pending", ["connection", "value"], unique=False)
    op.create_table(
        "audit",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("request_id", KEY, nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("ix_audit_person", "audit", ["person", "pk"], unique=False)
    op.create_index("ix_audit_sequence", "audit", ["connection", "n"], unique=True)
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["pk"],
        unique=False,
        sqlite_where=sa.text("n IS NULL"),
        postgresql_where=sa.text("n IS NULL"),
    )
    op.create_table(
        "audit_seal",
        sa.Column("connection", KEY, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "n"),
    )
    op.create_table(
        "batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("verdict", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "connection",
        sa.Column("name", KEY, nullable=False),
        sa.Column("clerk_instance", KEY, nullable=False),
        sa.Column("mapping_version", sa.BigInteger(), nullable=True),
        sa.Column("file_digest", KEY, nullable=True),
        sa.Column("file_problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "due",
        sa.Column("scope", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("batch", KEY, nullable=False),
        sa.PrimaryKeyConstraint("scope", "connection", "id"),
    )
    op.create_table(
        "hold",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hold_open", "hold", ["connection", "closed"], unique=False)
    op.create_table(
        "lease",
        sa.Column("clerk_instance", KEY, nullable=False),
        sa.Column("holder", KEY, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("clerk_instance"),
    )
    op.create_table(
        "loss",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("workspace", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("ix_loss_window", "loss", ["connection", "at"], unique=False)
    op.create_table(
        "mapping_version",
        sa.Column("connection", KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "version"),
    )
    op.create_table(
        "person",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("clerk_instance", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("clerk_user", KEY, nullable=True),
        sa.Column("created_here", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("names", sa.Text(), nullable=True),
        sa.Column("signed_out", sa.BigInteger(), nullable=True),
        sa.Column("barred", KEY, nullable=True),
        sa.Column("wanted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("applied", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claim_no", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claimed_by", KEY, nullable=True),
        sa.Column("claim_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("not_before", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="5", nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("batch", KEY, nullable=True),
        sa.Column("next_change_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_person_batch",
        "person",
        ["batch"],
        unique=False,
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    )
    op.create_index("ix_person_clerk_user", "person", ["clerk_instance", "clerk_user"], unique=True)
    op.create_index(
        "ix_person_due",
        "person",
        ["clerk_instance", "priority", "not_before", "pk"],
        unique=False,
        sqlite_where=sa.text("wanted > applied"),
        postgresql_where=sa.text("wanted > applied"),
    )
    op.create_index("ix_person_next_change", "person", ["next_change_at"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_token_connection", "token", ["connection"], unique=False)
    op.create_table(
        "workspace",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("clerk_instance", KEY, nullable=False),
        sa.Column("reference", KEY, nullable=False),
        sa.Column("organization", KEY, nullable=True),
        sa.Column("creating", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("blocked_code", KEY, nullable=True),
        sa.Column("blocked_sentence", sa.Text(), nullable=True),
        sa.Column("blocked_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("owner_claim_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("ix_workspace_organization", "workspace", ["clerk_instance", "organization"], unique=False)
    op.create_index("ix_workspace_reference", "workspace", ["clerk_instance", "reference"], unique=True)
    op.create_table(
        "account",
        sa.Column("pk", COUNTER, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=True),
        sa.Column("external_id", KEY, nullable=True),
        sa.Column("name_key", KEY, nullable=True),
        sa.Column("email_key", KEY, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("display", sa.Text(), nullable=True),
        sa.Column("state", KEY, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.pk"],
        ),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("ix_account_email_key", "account", ["email_key"], unique=False)
    op.create_index("ix_account_external_id", "account", ["connection", "external_id"], unique=False)
    op.create_index("ix_account_name_key", "account", ["connection", "name_key"], unique=False)
    op.create_index("ix_account_person", "account", ["person"], unique=False)
    op.create_index("ix_account_subject", "account", ["connection", "subject"], unique=True)
    op.create_table(
        "granted",
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("workspace", sa.BigInteger(), nullable=False),
        sa.Column("connections", sa.Text(), nullable=False),
        sa.Column("decided", KEY, nullable=True),
        sa.Column("in_clerk", KEY, nullable=True),
        sa.Column("membership", KEY, nullable=True),
        sa.Column("ours", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("before", KEY, nullable=True),
        sa.Column("state", KEY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), server_default="[]", nullable=False),
        sa.Column("ending_at", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.pk"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace"],
            ["workspace.pk"],
        ),
        sa.PrimaryKeyConstraint("person", "workspace"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_granted_workspace", "granted", ["workspace", "person"], unique=False)
    op.create_table(
        "held",
        sa.Column("hold", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("workspace", sa.BigInteger(), nullable=False),
        sa.Column("from_role", KEY, nullable=False),
        sa.Column("to_role", KEY, nullable=True),
        sa.Column("status", KEY, nullable=False),
        sa.Column("facts", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold"],
            ["hold.pk"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.pk"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace"],
            ["workspace.pk"],
        ),
        sa.PrimaryKeyConstraint("hold", "person", "workspace"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_held_person", "held", ["person", "workspace", "status"], unique=False)
