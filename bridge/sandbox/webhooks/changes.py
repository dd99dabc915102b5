"""What a request changed, told by the database itself: so no way to change something can be forgotten, cascades included.

Triggers note each row that comes, changes or goes, in a table that lives in this connection's memory. They are set up with
the first endpoint; a sandbox that sends no webhooks does without them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bridge.sandbox.clerk import memberships
from bridge.sandbox.clerk.store import Store

_DOCUMENTS = ("users", "organizations", "sessions", "invitations", "roles", "permissions")  # rows with the bytes as answered
_VERBS = {
    "created": ("AFTER INSERT", "NEW.id", "NULL", "NEW.doc"),
    "updated": ("AFTER UPDATE OF doc", "NEW.id", "OLD.doc", "NEW.doc"),
    "deleted": ("AFTER DELETE", "OLD.id", "OLD.doc", "NULL"),
}
_MEMBERSHIPS = (
    "PRAGMA temp_store = MEMORY",
    "CREATE TEMP TABLE told (seq INTEGER PRIMARY KEY, kind TEXT, id TEXT, verb TEXT, before BLOB, after BLOB)",
    f"CREATE TEMP TABLE departed AS {memberships.SELECT} LIMIT 0",
    """CREATE TEMP TRIGGER memberships_created AFTER INSERT ON main.memberships BEGIN
      INSERT INTO told (kind, id, verb) VALUES ('memberships', NEW.id, 'created'); END""",
    """CREATE TEMP TRIGGER memberships_updated AFTER UPDATE ON main.memberships BEGIN
      INSERT INTO told (kind, id, verb) VALUES ('memberships', NEW.id, 'updated'); END""",
    f"""CREATE TEMP TRIGGER memberships_deleted BEFORE DELETE ON main.memberships BEGIN
      INSERT INTO departed {memberships.SELECT} WHERE m.id = OLD.id;
      INSERT INTO told (kind, id, verb) VALUES ('memberships', OLD.id, 'deleted'); END""",  # noqa: S608 - built from code
)
_THERE = "SELECT name FROM main.sqlite_master WHERE type = 'table'"
_TOLD = "SELECT kind, id, verb, before, after FROM told ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Change:
    """A row of table `kind` was created, updated or deleted; `before` and `after` are what the API answered and answers."""

    kind: str
    id: str
    verb: str
    before: bytes | None
    after: bytes | None


def watch(store: Store) -> None:
    """From now on changes are noted."""
    there = {name for (name,) in store.all(_THERE)}
    for statement in (*_MEMBERSHIPS, *(one for table in _DOCUMENTS if table in there for one in _triggers(table))):
        store.run(statement)


def taken(store: Store) -> list[Change]:
    """What changed since this was asked last, a change a row, in the order in which it began."""
    rows = store.all(_TOLD)
    if not rows:
        return []
    found: dict[tuple[str, str], Change] = {}
    for change in _whole(store, [Change(*row) for row in rows]):
        earlier = found.get((change.kind, change.id))
        found[change.kind, change.id] = change if earlier is None else _joined(earlier, change)
    store.run("DELETE FROM told")
    store.run("DELETE FROM departed")
    return [change for change in found.values() if change.verb != "nothing"]


def _triggers(table: str) -> list[str]:
    return [
        f"""CREATE TEMP TRIGGER {table}_{verb} {moment} ON main.{table} BEGIN
          INSERT INTO told (kind, id, verb, before, after) VALUES ('{table}', {row}, '{verb}', {before}, {after}); END"""  # noqa: S608
        for verb, (moment, row, before, after) in _VERBS.items()
    ]


def _whole(store: Store, changes: list[Change]) -> Iterator[Change]:
    """A membership is answered with its role, organization and user in it, which may be gone with it."""
    departed = {row[0]: memberships.render(row) for row in store.all("SELECT * FROM departed")}
    for change in changes:
        if change.kind != "memberships":
            yield change
        elif change.verb == "deleted":
            yield replace(change, before=departed.get(change.id))
        elif row := store.one(f"{memberships.SELECT} WHERE m.id = ?", change.id):
            yield replace(change, after=memberships.render(row))
        else:  # gone by the same request
            yield change


def _joined(earlier: Change, later: Change) -> Change:
    if later.verb == "deleted":
        return replace(later, verb="nothing" if earlier.verb == "created" else "deleted")
    return replace(earlier, after=later.after)
