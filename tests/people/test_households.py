"""A person with their accounts, who shares an address, who was invited: in one statement, on both engines."""

import sqlite3
from pathlib import Path

from sqlalchemy import text

from bridge.people import accounts, households, invitations, persons, workspaces
from bridge.people.households import Household
from bridge.people.invitations import Invitation
from bridge.people.workspaces import Reference
from bridge.store import sqlite
from bridge.store.database import Database
from scim.change import UserFacts
from scim.ports import Tx

_INACTIVE = text("UPDATE account SET state = 'inactive' WHERE subject = :subject")


def _user(id: str, email: str) -> UserFacts:
    return UserFacts(id, None, id, id, email, None, True)


def _new(tx: Tx, name: str, *owned: tuple[str, str, str]) -> int:
    """A person with accounts: (connection, subject, address)."""
    pk = persons.new(tx, "main", f"person_{name}", now=1)
    for connection, subject, email in owned:
        accounts.add(tx, connection, _user(subject, email), pk, now=1)
    return pk


async def _some(store: Database, *pks: int) -> dict[int, Household]:
    return {one.person.pk: one for one in await store.read(lambda tx: households.some(tx, pks))}


async def test_everybody_comes_with_their_accounts_and_who_has_none_without(store: Database) -> None:
    mia = await store.write(lambda tx: _new(tx, "mia", ("acme", "1", "Mia@acme.example"), ("bought", "2", "m@b.example")))
    nobody = await store.write(lambda tx: _new(tx, "nobody"))
    found = await _some(store, nobody, mia, 999)
    assert list(found) == [mia, nobody]
    assert [one.accounts for one in found.values()] == [
        tuple(await store.read(lambda tx: accounts.of_person(tx, mia))),
        (),
    ]
    assert found[mia].person == await store.read(lambda tx: persons.get(tx, mia))
    assert [one.email_key for one in found[mia].accounts] == ["mia@acme.example", "m@b.example"]


async def test_an_address_is_shared_with_another_person_s_active_account_of_the_same_connection_alone(
    store: Database,
) -> None:
    def fill(tx: Tx) -> list[int]:
        one = _new(tx, "one", ("acme", "1", "x@acme.example"), ("acme", "2", "y@acme.example"))
        return [
            one,
            _new(tx, "another", ("acme", "3", "X@acme.example"), ("bought", "4", "y@acme.example")),
            _new(tx, "gone", ("acme", "5", "y@acme.example")),
        ]

    pks = await store.write(fill)
    await store.write(lambda tx: tx.run(_INACTIVE, subject="5"))
    found = await _some(store, *pks)
    shared = {pk: [a.subject for a in one.accounts if a.pk in one.shared] for pk, one in found.items()}
    assert shared == {pks[0]: ["1"], pks[1]: ["3"], pks[2]: ["5"]}  # who left shares it with who is there, not the reverse


async def test_who_was_invited_is_known_by_it(store: Database) -> None:
    def fill(tx: Tx) -> tuple[int, int]:
        mia, ada = _new(tx, "mia"), _new(tx, "ada")
        workspaces.ensure(tx, "main", [Reference("org_1", None)])
        (place,) = workspaces.all_of(tx, "main")
        invitations.put(tx, mia, Invitation(place, None, "mia@elsewhere.example", "org:editor", 1))
        return mia, ada

    mia, ada = await store.write(fill)
    assert {pk: one.invited for pk, one in (await _some(store, mia, ada)).items()} == {mia: True, ada: False}


async def test_sqlite_finds_those_who_share_an_address_by_its_index(sqlite_template: Path) -> None:
    """By the connection's it would read everybody of a connection for each account."""
    compiled = sqlite.statements()(households._SOME)
    connection = sqlite3.connect(sqlite_template)
    steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", compiled.named({"pks": [1]})).fetchall()
    connection.close()
    assert any("other" in step[-1] and "ix_account_email_key" in step[-1] for step in steps), steps
