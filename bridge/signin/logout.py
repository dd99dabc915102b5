"""Signing out: at the IdP, which tells us, or here. The sessions that the sign-in's ticket opened end first, then others
are told.

What is to end is written before Clerk is asked, so where Clerk is away the patrol of sessions ends it later. A foreign page
can lead a browser here and so sign somebody out; more it can't, and nothing that it says decides where they land.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk import tickets as clerk_tickets
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.people import tickets
from bridge.provisioning.sessions import due
from bridge.provisioning.sessions.judge import Judge
from bridge.provisioning.tools import Tools
from bridge.saml import replay
from bridge.saml.logout import LogoutRequest
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from bridge.signin import signed_in
from bridge.signin.refusals import Refusals
from bridge.signin.signed_in import SignedIn
from scim.ports import Tx

By = Literal["idp", "person"]
AHEAD_MS = 10_000  # so long the patrol leaves it to us, who see to it at once
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SignedOut:
    """`sign_ins`: what was signed out of, oldest first; none: nothing of that name, or in that browser. `done`: their
    sessions are over at Clerk; else they are to be, as soon as Clerk can be reached."""

    sign_ins: tuple[SignedIn, ...]
    done: bool


class Logout:
    """`tools` of the process: whichever gets the request does it, with the lease or without."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._judge = Judge(tools)
        self._refusals = Refusals()

    async def by_idp(self, party: Party, request: LogoutRequest, *, request_id: str) -> SignedOut:
        """The IdP says that somebody signed out there. Untrusted `slo_replayed` where it said so before."""
        now = self._tools.clock()

        def work(tx: Tx) -> list[SignedIn] | None:
            if not replay.first_time(tx, party.idp.entity_id, request.id, until=request.until):
                return None
            named = signed_in.matching(tx, party, request.name_id, request.session_indexes)
            facts = {"message": request.id, "issuer": party.idp.entity_id}
            self._end(tx, party.connection, named, "idp", facts, now, request_id)
            return named

        named = await self._tools.database.write(work)
        if named is None:
            raise Untrusted("slo_replayed", "This request to sign out was used before.", about={"message": request.id})
        return SignedOut(tuple(named), await self._over(named, now))

    async def by_person(self, connection: str, browser: str, *, request_id: str) -> SignedOut:
        """Somebody signs out in this browser; their other devices stay signed in, as far as their IdP doesn't tell us."""
        now, database = self._tools.clock(), self._tools.database

        def find(tx: Tx) -> list[SignedIn]:
            return signed_in.of_browser(tx, browser, connection, now=now)

        def work(tx: Tx) -> list[SignedIn]:
            theirs = find(tx)
            self._end(tx, connection, theirs, "person", {}, now, request_id)
            return theirs

        if not await database.point(find):  # anybody may ask, so that alone writes nothing
            return SignedOut((), True)
        theirs = await database.write(work)
        return SignedOut(tuple(theirs), await self._over(theirs, now))

    async def refused(self, error: Untrusted, connection: str, request_id: str, address: str) -> None:
        """Write down why."""
        now, action = self._tools.clock(), "sign_out.refused"
        event = self._refusals.event(connection, error, request_id, address, now=now, action=action)
        if event is not None:
            await self._tools.database.write(lambda tx: events.record(tx, event))

    def _end(
        self, tx: Tx, connection: str, them: Sequence[SignedIn], by: By, facts: dict[str, Any], now: int, request_id: str
    ) -> None:
        """The rows, and one line of the trail; where nothing was found that is said, too."""
        for one in them:
            signed_in.end(tx, one, now)
        people = sorted({one.person for one in them})
        due.look_at(tx, people, now=now + AHEAD_MS)
        told = {**facts, "by": by, "sign_ins": len(them)}
        for person in people or (None,):
            events.record(tx, Event(connection, now, "system", "sign_out", person=person, request_id=request_id, facts=told))

    async def _over(self, them: Sequence[SignedIn], now: int) -> bool:
        """Whether the sessions are over at Clerk. A ticket that is still good is taken back first: it could open one yet."""
        ids = [one.ticket for one in them if one.ticket is not None]
        try:
            for ticket in await self._tools.database.read(lambda tx: tickets.good(tx, ids, now=now)):
                await clerk_tickets.revoke(self._tools.clerk, ticket, lane=Lane.URGENT)
            for person in sorted({one.person for one in them}):
                await self._judge.at_once(person)
        except ClerkError as error:
            log.warning("sessions could not be ended yet", code=error.code, sentence=error.sentence, trace=error.trace)
            return False
        return True
