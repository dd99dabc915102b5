"""Many people who are new to us at once: who of them is in Clerk already is asked for a hundred addresses at a time.

One alone is made first and looked up only where Clerk refuses; of hundreds, those whom Clerk knows would cost a refused
create and a look-up each.
"""

import asyncio
from collections.abc import Sequence

import structlog

from bridge.clerk import users
from bridge.clerk.api import Api, batches
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, NotNow
from bridge.clerk.users import User
from scim.keys import fold

MANY = 20  # newcomers in one page from which on a look-up is worth its call
_FRESH = 60.0  # seconds that an answer is believed
log = structlog.get_logger()


class Newcomers:
    """Whom the last look-ups found. What has changed since costs a refused call and nothing else."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[float, User]] = {}
        self._asked: dict[str, float] = {}

    async def look_up(self, api: Api, emails: Sequence[str]) -> None:
        """Ask Clerk for those that were not asked for lately, if they are many. An outage is for the next call to meet; what
        Clerk won't tell is found by its refusal of each.
        """
        now = asyncio.get_running_loop().time()
        self._asked = {one: at for one, at in self._asked.items() if at > now - _FRESH}
        self._found = {one: (at, user) for one, (at, user) in self._found.items() if at > now - _FRESH}
        new = [one for one in {fold(email): email for email in emails}.values() if fold(one) not in self._asked]
        if len(new) < MANY:
            return
        for asked in batches(new):
            try:
                found = await users.by_addresses(api, asked, lane=Lane.BULK)
            except NotNow:
                return
            except ClerkError as error:
                log.warning("clerk tells nothing of many newcomers", code=error.code, sentence=error.sentence)
                found = []
            self._asked |= {fold(email): now for email in asked}
            self._found |= {fold(address.value): (now, user) for user in found for address in user.addresses}

    def take(self, email: str) -> User | None:
        """Clerk's user with this address, told once; None: none was found, or nobody asked."""
        _, user = self._found.pop(fold(email), (0.0, None))
        return user
