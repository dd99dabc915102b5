"""What bench.mapping_change looks for would be found."""

from sqlalchemy import text

from bench.changing.rows import Rows
from bridge.store.database import Database
from scim.ports import Tx

_PERSON = text("INSERT INTO person (pk, clerk_instance, id) VALUES (:pk, 'main', :id)")
_WORKSPACE = text("INSERT INTO workspace (pk, clerk_instance, reference) VALUES (:pk, 'main', :id)")
_GRANTED = text(
    """INSERT INTO granted (person, workspace, connections, decided, state, because, since)
    VALUES (:person, :workspace, '[]', :decided, 'granted', :because, 0)"""
)


def _row(person: int, workspace: int, version: str, decided: str | None = "org:viewer") -> dict[str, object]:
    because = f'[{{"rule": "{version} team 1", "file": "first.yaml"}}]'
    return {"person": person, "workspace": workspace, "because": because, "decided": decided}


async def test_somebody_decided_by_two_versions_is_noticed(store: Database) -> None:
    rows = [
        *(_row(1, place, "first") for place in (1, 2)),
        *(_row(2, place, "second") for place in (1, 2)),
        _row(3, 1, "first"),
        _row(3, 2, "second"),
        _row(4, 1, "first", None),  # nothing is decided there any more: the row tells what was
        _row(4, 2, "second"),
    ]

    def fill(tx: Tx) -> None:
        tx.many(_PERSON, [{"pk": pk, "id": f"p{pk}"} for pk in (1, 2, 3, 4)])
        tx.many(_WORKSPACE, [{"pk": pk, "id": f"w{pk}"} for pk in (1, 2)])
        tx.many(_GRANTED, rows)

    await store.write(fill)
    looked = Rows(store)
    assert await looked.look() == 2
    assert (looked.looks, looked.people, looked.mixed, looked.first_new is not None) == (1, 4, 1, True)
