"""What nobody at the door needs any more: attempts, assertions that had their turn, old sign-ins. Once an hour."""

from collections.abc import Callable

from bridge.saml import replay
from bridge.signin import attempts, signed_in
from bridge.store.database import Database
from scim.ports import Tx

EVERY_MS = 3_600_000


class Forgetting:
    """`tick` is called by the lease holder every second."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._at = 0

    async def tick(self) -> None:
        now = self._clock()
        if now < self._at:
            return

        def work(tx: Tx) -> None:
            attempts.forget(tx, now=now)
            replay.forget(tx, now=now)
            signed_in.forget(tx, now=now)

        await self._database.write(work)
        self._at = now + EVERY_MS
