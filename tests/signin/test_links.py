"""A link to a test login is good once, for an hour, for its connection; the database holds nothing to follow it by."""

from sqlalchemy import text

from bridge.signin import attempts, links
from bridge.store.database import Database

NOW = 1_800_000_000_000
_ALL = text("SELECT * FROM attempt")


async def test_a_link_begins_one_test_login(store: Database) -> None:
    secret = links.new()
    until = await store.write(lambda tx: links.offer(tx, "acme", secret, now=NOW))
    assert until == NOW + links.LASTS_MS
    for _ in range(2):  # looking at it uses nothing up: mail scanners and chats do
        assert await store.read(lambda tx: links.good(tx, "acme", secret, now=NOW))
    taken = [await store.write(lambda tx: links.take(tx, "acme", secret, now=NOW)) for _ in range(2)]
    assert taken == [True, False]
    assert not await store.read(lambda tx: links.good(tx, "acme", secret, now=NOW))


async def test_a_link_is_no_good_after_an_hour_or_at_another_connection_or_if_it_is_guessed(store: Database) -> None:
    secret = links.new()
    until = await store.write(lambda tx: links.offer(tx, "acme", secret, now=NOW))
    assert not await store.write(lambda tx: links.take(tx, "acme", secret, now=until))
    assert not await store.write(lambda tx: links.take(tx, "other", secret, now=NOW))
    assert not await store.write(lambda tx: links.take(tx, "acme", links.new(), now=NOW))
    assert await store.write(lambda tx: links.take(tx, "acme", secret, now=until - 1))


async def test_a_copy_of_the_database_has_no_link_in_it(store: Database) -> None:
    secret = links.new()
    await store.write(lambda tx: links.offer(tx, "acme", secret, now=NOW))
    rows = await store.read(lambda tx: tx.all(_ALL))
    assert [secret in str(tuple(row)) for row in rows] == [False]


async def test_no_assertion_arrives_at_a_link_and_a_login_is_no_link(store: Database) -> None:
    secret = links.new()
    id = attempts.digest(secret)
    await store.write(lambda tx: links.offer(tx, "acme", secret, now=NOW))
    browser = attempts.digest(secret)
    assert await store.write(lambda tx: attempts.expected(tx, "acme", id, browser, now=NOW)) is None
    begun = attempts.Attempt(
        attempts.digest("x"), "acme", "test", browser, None, None, 0, False, created=NOW, expires=NOW + 1000
    )
    await store.write(lambda tx: attempts.begin(tx, begun))
    assert not await store.write(lambda tx: links.take(tx, "acme", "x", now=NOW))
