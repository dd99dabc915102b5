"""From an accepted sign-in to a ticket, and where its dashboard should open.

Where Clerk is away nothing is lost: the same browser may ask again while the attempt lasts.
"""

from dataclasses import dataclass

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk.tickets import Ticket
from bridge.errors import BridgeError
from bridge.people import accounts
from bridge.provisioning.sessions import from_idp
from bridge.provisioning.tools import View
from bridge.signin import attempts, signed_in
from bridge.signin.accept import Accepted
from bridge.signin.attempts import PROVED
from bridge.signin.finish import Finish, NoAccess, Through
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Landed:
    """`target`: the path of the dashboard that was wanted."""

    ticket: Ticket
    target: str | None


class Landing:
    """`finish` makes the ticket."""

    def __init__(self, view: View, finish: Finish) -> None:
        self._view = view
        self._finish = finish

    async def land(self, accepted: Accepted, request_id: str) -> Landed:
        """NoAccess, NotNow, Occupied; the last two may be repeated by `again`."""
        attempt = accepted.attempt
        through = Through(attempt.id, accepted.signed_in, accepted.until, attempt.step == PROVED)
        try:
            entry = await self._finish.by_ticket(
                accepted.person,
                attempt.connection,
                workspace=attempt.workspace,
                through=through,
                known=accepted.known,
                marked=accepted.marked,
            )
        except NoAccess as error:
            error.target = attempt.target
            await self._sent_away(accepted, error, request_id)
            raise
        return Landed(entry.ticket, attempt.target)

    async def again(self, connection: str, attempt: str, browser: str, request_id: str) -> Landed:
        """Go on where Clerk was away. BridgeError `sign_in_over`: there is nothing to go on with."""
        accepted = await self._view.database.read(lambda tx: self._accepted(tx, connection, attempt, browser))
        if accepted is None:
            raise BridgeError("sign_in_over", "This sign-in took too long, or it is done.", hint="Sign in once more.")
        return await self.land(accepted, request_id)

    async def _sent_away(self, accepted: Accepted, error: NoAccess, request_id: str) -> None:
        """Whoever was recognised and got nothing stands in the trail with the others who were refused."""
        name, now = accepted.attempt.connection, self._view.clock()
        metrics.sign_ins_refused.labels(name, error.code).inc()

        def work(tx: Tx) -> None:
            known = accounts.of_person(tx, accepted.person)
            email = next((one.email for one in known if one.connection == name), None)
            facts = {"code": error.code, "reason": error.sentence}
            person = accepted.person
            events.record(
                tx, Event(name, now, "system", "sign_in.refused", person, email, request_id=request_id, facts=facts)
            )

        await self._view.database.write(work)

    def _accepted(self, tx: Tx, connection: str, id: str, browser: str) -> Accepted | None:
        now = self._view.clock()
        attempt = attempts.unfinished(tx, connection, id, browser, now=now)
        if attempt is None or connection not in self._view.settings.connections:
            return None
        rows = signed_in.of_browser(tx, browser, connection, now=now)
        row = next((one for one in rows if one.pk == attempt.signed_in and one.ended is None), None)
        if row is None:
            return None
        settings = self._view.settings.connections[connection]
        return Accepted(attempt, row.person, row.pk, from_idp.cap(row.began, row.until, settings))
