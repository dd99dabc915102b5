"""Who is signed in without our having heard: people who were active at Clerk of late, 500 a call.

Clerk tells the day of somebody's last activity and the moment of their last sign-in. Whom no look ever saw is looked at;
of the others only a sign-in since their last look is news. So somebody who is active all day costs no look by this.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import bindparam

from bridge.clerk import activity
from bridge.clerk.activity import Active
from bridge.clerk.budget import Lane
from bridge.people import grants
from bridge.provisioning.sessions import due
from bridge.provisioning.sessions.limits import limits, sets_any
from bridge.provisioning.tools import Tools
from bridge.store.schema import person
from scim.ports import Tx
from scim.sql import texts, within

DAY = 86_400_000  # ms
RARELY, OFTEN = 900_000, 60_000  # ms between sweeps
BACK, FIRST = 2 * DAY, 7 * DAY  # a day's precision; the lifetime of sessions that Clerk has by default

_OF_USERS = (
    sa.select(person.c.pk, person.c.clerk_user)
    .where(person.c.clerk_instance == bindparam("instance"), within(person.c.clerk_user, texts("users")))
    .order_by(person.c.pk)
)


class Sweep:
    """A sweep each quarter of an hour, or four in the shortest span that a connection sets."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        limiting = [one for one in tools.settings.connections.values() if sets_any(one)]
        spans = [span * 1000 for one in limiting for span in (one.max_age, one.idle) if span is not None]
        self._every = max(OFTEN, min(RARELY, min(spans) // 4)) if spans else None
        self._back = FIRST
        self._at = 0

    async def tick(self) -> None:
        """Nothing where no connection limits sessions, or none is due. NotNow passes on: the next tick tries again."""
        now = self._tools.clock()
        if self._every is None or now < self._at:
            return
        async for page in activity.since(self._tools.clerk, now - self._back, lane=Lane.NORMAL):
            await self._tools.database.write(lambda tx, page=page: self._told(tx, page, now))  # type: ignore[misc]
        self._back, self._at = BACK, now + self._every

    def put_off(self) -> None:
        """Clerk refused it: not with every tick."""
        self._at = self._tools.clock() + OFTEN

    def _told(self, tx: Tx, page: Sequence[Active], now: int) -> None:
        users = {one.user: one.signed_in for one in page}
        found = {row["pk"]: row["clerk_user"] for row in tx.all(_OF_USERS, instance=self._tools.instance, users=list(users))}
        for pk, rows in grants.of_people(tx, list(found)).items():
            if limits(self._tools.settings.connections, rows):
                due.active(tx, pk, users[found[pk]], now=now)
