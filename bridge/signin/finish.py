"""The last step of a sign-in: what is decided for the person is carried out, then a ticket lets them into one workspace.

Whoever stands at the door is brought to what is decided ahead of everybody else's work, so a first sign-in makes the user
and the memberships. Where Clerk can't be reached nobody is left half-made: the mark stays.
"""

from dataclasses import dataclass

from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk import tickets
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, NotNow
from bridge.clerk.tickets import Ticket
from bridge.dirty import persons as marks
from bridge.dirty.persons import Priority
from bridge.errors import BridgeError
from bridge.people import tickets as made
from bridge.people.domains import speaks_for
from bridge.people.grant import Grant, State
from bridge.provisioning import situation
from bridge.provisioning.reconcile import Reconciler
from bridge.provisioning.sessions import due, limits
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import Tools
from bridge.signin import attempts, mfa, signed_in
from scim.ports import Tx

_KEPT = frozenset({State.HELD, State.RETAINED})
LASTS = 60  # seconds: a ticket in a URL is a bearer credential


class NoAccess(BridgeError):
    """Nothing is granted to them, or not any more. `target`: as in `NotLetIn`."""

    target: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`workspace`: our key of it; `role`: Clerk's role key there. `expires`: epoch ms."""

    ticket: Ticket
    workspace: int
    organization: str
    role: str
    expires: int


@dataclass(frozen=True, slots=True)
class Through:
    """The accepted sign-in that a ticket finishes. `until`: when its session must be over by the IdP's word, epoch ms;
    `proved`: there was a second factor."""

    attempt: str
    signed_in: int
    until: int | None
    proved: bool


class Finish:
    """`reconciler` carries out a person's own changes."""

    def __init__(self, tools: Tools, reconciler: Reconciler) -> None:
        self._tools = tools
        self._reconciler = reconciler

    async def by_ticket(
        self,
        person: int,
        connection: str,
        *,
        workspace: int | None = None,
        through: Through | None = None,
        known: Situation | None = None,
        marked: bool = False,
    ) -> Entry:
        """Let somebody in whom `connection` vouches for; into `workspace`, if they have a role there, else their best one.
        `known`: all about them, if it was just read; `marked`: something is to be done for them, so that need not be asked.

        NoAccess, NotNow (Clerk is out of reach), BridgeError `sign_in_busy`.
        """
        if known is None and not marked:
            known = await self._known(person)
        if known is None or not self._carried_out(known):
            await self._reconciler.bring(person)
            person = await self._joined(person, through)
            known = await self._known(person)
        try:
            return await self._enter(known, person, connection, workspace, through)
        except NotNow:
            raise
        except ClerkError:  # the user or the membership is not there any more
            await self._look(person)
            await self._reconciler.bring(person)
            return await self._enter(await self._known(person), person, connection, workspace, through)

    def _carried_out(self, known: Situation) -> bool:
        """Nothing waits for them, nor would anything if they were looked at now: a new mapping, a group's new name or a date
        is decided at once, and reaches everybody only by and by. Where nothing can be decided, what was decided last counts.
        """
        if known.person.wanted != known.person.applied:
            return False
        if known.stranded or known.unusable:
            return True
        wanted = {want.workspace: want.role for want in situation.wants(known, self._tools.settings)}
        rows = {row.workspace: row.decided for row in known.grants if row.decided is not None}
        return not known.missing and wanted == rows

    async def _joined(self, person: int, through: Through | None) -> int:
        """Who they turned out to be: the same human may be a person of ours already, by another connection."""
        if through is None:
            return person
        now = await self._tools.database.point(lambda tx: signed_in.person_of(tx, through.signed_in))
        if now is None or now == person:
            return person
        await self._reconciler.bring(now)
        return now

    async def _known(self, person: int) -> Situation | None:
        tools, now = self._tools, self._tools.clock()
        return await tools.database.read(lambda tx: situation.load(tx, tools.settings, tools.rulebook, person, now=now))

    async def _enter(
        self, known: Situation | None, person: int, connection: str, workspace: int | None, through: Through | None
    ) -> Entry:
        tools, now = self._tools, self._tools.clock()
        if known is None or not self._vouched(known, connection) or known.person.clerk_user is None:
            raise _nothing_yet(known, connection)
        row = _where(known, workspace, self._ranks())
        if row is None or row.in_clerk is None:
            raise _nothing_yet(known, connection)
        if through is not None and not through.proved:
            self._goes_without(known, connection)
        organization = known.workspaces[row.workspace].organization
        assert organization is not None, "a membership has an organization"
        clerk_user = known.person.clerk_user
        ticket = await tickets.create(tools.clerk, clerk_user, organization, lasts=LASTS, lane=Lane.URGENT)
        entry = Entry(ticket, row.workspace, organization, row.in_clerk, now + LASTS * 1000)
        limited = bool(limits.limits(tools.settings.connections, known.grants))
        await tools.database.write(lambda tx: self._note(tx, entry, person, connection, through, now, limited=limited))
        return entry

    def _note(
        self, tx: Tx, entry: Entry, person: int, connection: str, through: Through | None, now: int, *, limited: bool
    ) -> None:
        until, id = through.until if through is not None else None, entry.ticket.id
        facts = {"ticket": id, "organization": entry.organization, "role": entry.role}
        writes = [
            made.remembering(id, person, connection, created=now, expires=entry.expires, until=until),
            events.entry(Event(connection, now, "system", "sign_in.ticket", person=person, facts=facts)),
        ]
        if through is None:
            tx.together(*writes)
        else:  # nobody gets the ticket who is refused here
            ending = (attempts.finishing(through.attempt), signed_in.ticketing(through.signed_in, id))
            finished, ticketed, *_ = tx.together(*ending, *writes)
            if not finished:
                raise NoAccess("sign_in_over", "This sign-in got its ticket already.")
            if not ticketed:
                raise NoAccess("sign_in_ended", "They signed out, or were deactivated, before it was done.")
        if limited or until is not None:  # else nobody ends the session that it opens
            due.seen(tx, person, now)

    def _vouched(self, known: Situation, connection: str) -> bool:
        """A connection lets in whom it still has, under an address that it speaks for; what others know counts for them."""
        every = self._tools.settings.connections
        theirs = [one for one in known.known if one.active and one.account.connection == connection]
        # of whom nothing is told any more (a sign-in that lapsed), the account still says how they were called
        emails = [one.identity.email if one.identity is not None else one.account.email for one in theirs]
        return known.active and any(email is not None and speaks_for(every, connection, email) for email in emails)

    def _goes_without(self, known: Situation, connection: str) -> None:
        """What somebody has at Clerk is known only once they were brought there, memberships from before us among it. So it
        is asked again whether their roles need a second factor; who begins anew is sent back for one."""
        needed = mfa.needed(known, self._tools.settings, connection)
        if needed:
            raise NoAccess("sign_in_second_factor", f"Role {max(needed)} needs a second factor, and there was none.")

    async def _look(self, person: int) -> None:
        now = self._tools.clock()
        cause, priority = "Clerk had something else at sign-in", Priority.SIGN_IN
        await self._tools.database.write(
            lambda tx: marks.mark(tx, [person], now=now, cause=cause, priority=priority, look=True)
        )

    def _ranks(self) -> dict[str, int]:
        return dict(situation.role_keys(self._tools.settings))


def _where(known: Situation, wanted: int | None, ranks: dict[str, int]) -> Grant | None:
    """What they may enter: the wanted workspace, else where their role is highest, the longest held first.

    What nobody gives any more is open as long as it is kept: in a hold, after a discard, for the last owner.
    """
    open_to = [row for row in known.grants if row.in_clerk is not None and (row.decided is not None or row.state in _KEPT)]
    chosen = [row for row in open_to if row.workspace == wanted]
    best = sorted(open_to, key=lambda row: (-ranks.get(row.in_clerk or "", 0), row.since, row.workspace))
    return next(iter(chosen or best), None)


def _nothing_yet(known: Situation | None, connection: str) -> NoAccess:
    theirs = [one for one in known.known if one.account.connection == connection] if known is not None else []
    if known is not None and not (known.active and any(one.active for one in theirs)):
        return NoAccess("sign_in_inactive", "This account is not active in its directory.")
    return NoAccess("no_access_yet", "No workspace is open to this account yet.")
