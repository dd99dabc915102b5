"""An assertion arrives: it is checked beside the event loop, then accepted or refused in one transaction, and written down.

What comes after (bringing the person to what is decided, a ticket) is another step, `finish`, which can be repeated while
Clerk is away.
"""

import secrets
import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from bridge import metrics
from bridge.audit import events
from bridge.audit.events import Event
from bridge.provisioning.tools import View
from bridge.saml.idps import Idps
from bridge.saml.pool import Gatekeeper
from bridge.saml.untrusted import Untrusted
from bridge.settings import ConnectionSettings
from bridge.signin import accept, attempts, mfa
from bridge.signin.accept import Accepted, Arrived, FactorMissing, Rehearsal
from bridge.signin.attempts import SECOND_FACTOR, Attempt
from bridge.signin.refusals import NotLetIn, Refusals
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody posts a response. `browser`: the hash of what its cookie says, or of what it is given now."""

    connection: str
    message: str
    browser: str
    request_id: str
    address: str

    def with_message(self, message: str) -> "Knock":
        return replace(self, message=message)


@dataclass(frozen=True, slots=True)
class StepUp:
    """The IdP is to be asked for a second factor: by this attempt."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A test login came back: what it would have meant is to be told, and nothing is done."""

    came: Arrived


class Arrivals:
    """`view` has the database and the rules; `idps` who may say who somebody is."""

    def __init__(self, view: View, idps: Idps, gatekeeper: Gatekeeper) -> None:
        self._view = view
        self._idps = idps
        self._gatekeeper = gatekeeper
        self._refusals = Refusals()

    async def take(self, knock: Knock) -> Accepted | StepUp | Rehearsed:
        """Untrusted: no proof. NotLetIn: one that lets nobody in here. BridgeError: not now, or no such connection."""
        party = await self._idps.party(knock.connection)
        settings, now = self._view.settings.connections[knock.connection], self._view.clock()
        try:
            assertion = await self._gatekeeper.verify(party, knock.message, now=now)
        except Untrusted as error:
            await self.refused(error, knock, now)
        fresh = (f"person_{uuid.uuid4().hex}", new_id())
        came = Arrived(party, assertion, knock.browser, knock.request_id, fresh)
        await self._view.rulebook.ready(self._view.database, knock.connection)
        try:
            return await self._accepted(came, settings, now)
        except NotLetIn as error:
            error.target = await self._wanted(came)
            await self.refused(error, knock, now)

    async def refused(self, error: Untrusted | NotLetIn, knock: Knock, now: int) -> NoReturn:
        """Write down why, and raise it."""
        event = self._refusals.event(knock.connection, error, knock.request_id, knock.address, now=now)
        if event is not None:
            await self._view.database.write(lambda tx: events.record(tx, event))
        raise error

    async def _wanted(self, came: Arrived) -> str | None:
        """Where this browser was to go, if it was this browser."""
        id = came.assertion.in_response_to or ""
        found = await self._view.database.point(lambda tx: attempts.find(tx, came.connection, id))
        return found.target if found is not None and found.browser == came.browser else None

    async def _accepted(self, came: Arrived, settings: ConnectionSettings, now: int) -> Accepted | StepUp | Rehearsed:
        try:
            outcome = await self._view.database.write(
                partial(accept.accept, view=self._view, came=came, settings=settings, now=now)
            )
        except FactorMissing as missing:
            return await self._without_factor(came, settings, missing, now)
        except NotLetIn as error:
            # what a refusal wrote is rolled back, but an assertion has its turn once, whatever becomes of it
            had_its_turn = await self._view.database.write(lambda tx: _used_up(tx, came, settings, now))
            raise had_its_turn or error from None
        if isinstance(outcome, Rehearsal):
            return Rehearsed(came)
        metrics.sign_ins.labels(came.connection).inc()
        return outcome

    async def _without_factor(self, came: Arrived, settings: ConnectionSettings, missing: FactorMissing, now: int) -> StepUp:
        """Once back to the IdP, or refused: nothing of it is kept but its turn."""
        id = new_id()  # not the one of `came`: where the IdP began, that is the attempt that had its turn
        attempt = await self._view.database.write(lambda tx: _send_back(tx, came, settings, missing, id, now))
        if attempt is None:
            about = missing.about | {"role": str(missing.found.role)}
            raise NotLetIn(
                "sign_in_second_factor", "A second factor is needed for their role, and there was none.", about=about
            )
        return StepUp(attempt)


def new_id() -> str:
    """An id that XML takes (an NCName) and nobody guesses."""
    return f"_{secrets.token_hex(16)}"


def _used_up(tx: Tx, came: Arrived, settings: ConnectionSettings, now: int) -> NotLetIn | None:
    """Why it had none, if it had none: before anything else that is said of it."""
    try:
        accept.take_turn(tx, came, settings, now=now)
    except NotLetIn as error:
        return error
    return None


def _send_back(
    tx: Tx, came: Arrived, settings: ConnectionSettings, missing: FactorMissing, id: str, now: int
) -> Attempt | None:
    before = accept.take_turn(tx, came, settings, now=now)
    if mfa.verdict(missing.found, settings, asked=before.step == SECOND_FACTOR) != "step_up":
        return None
    attempt = replace(
        before,
        id=id,
        step=SECOND_FACTOR,
        created=now,
        expires=now + attempts.LASTS_MS,
        arrived=None,
        signed_in=None,
    )
    attempts.begin(tx, attempt)
    person, subject = missing.about["person"], missing.about["subject"]
    facts = {name: value for name, value in missing.about.items() if name not in {"person", "subject"}}
    event = Event(
        came.connection,
        now,
        "system",
        "sign_in.step_up",
        person=person,
        subject=subject,
        request_id=came.request_id,
        facts=facts | {"role": str(missing.found.role)},
    )
    events.record(tx, event)
    return attempt
