"""One mark for a whole connection becomes marks on its people, page by page, however many connections there are."""

from sqlalchemy import text

from bridge.people import accounts
from bridge.store.database import Database
from scim.ports import Tx

_ACCOUNT = text(
    """INSERT INTO account (connection, subject, state, person, created, changed)
    VALUES (:connection, :subject, 'active', :person, 0, 0)"""
)
_PERSON = text("INSERT INTO person (pk, clerk_instance, id) VALUES (:person, 'main', :subject)")
_PLAN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


async def test_a_page_of_everybody_costs_its_people_and_not_the_connection(store: Database) -> None:
    people = [
        {"connection": f"c{number % 100}", "person": number, "subject": f"s{number % 7}-{number}"}
        for number in range(1, 3001)
    ]

    def fill(tx: Tx) -> None:
        tx.many(_PERSON, [{"person": one["person"], "subject": one["subject"]} for one in people])
        tx.many(_ACCOUNT, people)

    await store.write(fill)
    if store.engine == "postgresql":
        await store.write(lambda tx: tx.run(text("ANALYZE account")))
    explained = text(f"{_PLAN[store.engine]} {accounts._PAGE.text}")
    plan = await store.read(lambda tx: tx.all(explained, connection="c1", after=1500, limit=10))
    assert "ix_account_people" in str([tuple(row) for row in plan])
    page = await store.read(lambda tx: accounts.page_of(tx, "c1", 1500, 10))
    assert page == [number for number in range(1501, 3001) if number % 100 == 1][:10]
