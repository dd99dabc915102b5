"""What nobody at the door needs any more goes once an hour, on both engines."""

from sqlalchemy import text

from bridge.saml import replay
from bridge.signin import attempts
from bridge.signin.attempts import Attempt
from bridge.signin.forgetting import EVERY_MS, Forgetting
from bridge.signin.signed_in import KEPT_MS
from bridge.store.database import Database
from scim.ports import Tx
from tests.signin.test_signed_in import MIA, T, begun, named

_LEFT = text("SELECT (SELECT count(*) FROM attempt) AS attempts, (SELECT count(*) FROM assertion_seen) AS seen")


async def left(store: Database) -> tuple[int, int]:
    row = await store.point(lambda tx: tx.one(_LEFT))
    assert row is not None
    return row["attempts"], row["seen"]


async def test_attempts_replays_and_sign_ins_go_when_their_time_is_over_and_not_before(store: Database) -> None:
    now = [T]

    def work(tx: Tx) -> None:
        for number, kind in enumerate(("login", "logout", "test")):
            expires = T + number * EVERY_MS + EVERY_MS // 2
            attempts.begin(tx, Attempt(f"_{number}", "acme", kind, "b", None, None, 0, False, T, expires))  # type: ignore[arg-type]
            assert replay.first_time(tx, "https://idp.acme.example/", f"_{number}", until=expires)

    await store.write(work)
    one = await begun(store)
    chore = Forgetting(store, lambda: now[0])
    for hour, late, seen in (
        (0, 3, 3),
        (1, 3, 2),
        (2, 2, 1),
        (3, 1, 0),
        (4, 0, 0),
    ):  # whoever is late is told so
        now[0] = T + hour * EVERY_MS
        await chore.tick()
        assert await left(store) == (late, seen)
    assert await named(store, MIA) == [one]
    now[0] = T + KEPT_MS + 1
    await chore.tick()
    assert await named(store, MIA) == []


async def test_it_does_not_ask_the_database_every_second(store: Database) -> None:
    chore = Forgetting(store, lambda: T)
    await chore.tick()
    await store.close()
    await chore.tick()
