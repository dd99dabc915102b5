"""Workspaces that rules name and Clerk refuses or doesn't have, as far as somebody was ever to get into them."""

from collections.abc import Iterator

from bridge.answers.findings.subject import Subject
from bridge.people import workspaces
from bridge.people.workspaces import Workspace
from mappings.located import Problem
from mappings.words import fold
from scim.ports import Tx


def findings(tx: Tx, subject: Subject) -> Iterator[Problem]:
    """From our own rows: Clerk is not asked."""
    connection = subject.connection
    references = {alias: workspaces.reference(connection, alias) for alias in connection.workspaces}
    keys = sorted({found.key for found in references.values() if found is not None})
    rows = {row.reference: row for row in workspaces.some(tx, connection.clerk_instance, keys, []).values()}
    asks = subject.asks("workspace")
    for alias, found in references.items():
        row = rows.get(found.key) if found is not None else None
        said = _said(alias, row, create=found is not None and found.create is not None) if row is not None else None
        if said is not None and fold(alias) in asks:
            yield subject.first(asks[fold(alias)], *said)


def _said(alias: str, row: Workspace, *, create: bool) -> tuple[str, str] | None:
    if row.blocked_code is not None:
        text = f"Clerk refuses the workspace {alias}: {row.blocked_sentence or row.blocked_code}"
        return (
            text,
            "inferpipe-bridge status shows since when; it is tried again every minute, and nobody is let in until then",
        )
    if row.organization is None and not create:
        return f"Clerk's organization for {alias} was not found yet: {row.reference}", "compare its id or slug with Clerk's"
    return None
