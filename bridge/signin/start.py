"""A sign-in begins: an attempt that this browser alone can complete, and the address of the IdP to send it to."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.people import workspaces
from bridge.provisioning.tools import View
from bridge.saml import factors, requests
from bridge.saml.idps import Idps
from bridge.settings import ConnectionSettings
from bridge.signin import attempts
from bridge.signin.arrive import new_id
from bridge.signin.attempts import SECOND_FACTOR, Attempt, Kind
from bridge.signin.pace import Pace
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Wish:
    """Where somebody wants to be afterwards: a path of the dashboard and nothing else, a workspace by its alias."""

    target: str | None = None
    workspace: str | None = None


class Starts:
    """`view` has the database and the settings; `idps` where the IdP answers."""

    def __init__(self, view: View, idps: Idps) -> None:
        self._view = view
        self._idps = idps
        self._pace = Pace()

    async def begin(self, connection: str, browser: str, wish: Wish, *, address: str, kind: Kind = "login") -> str:
        """The IdP's address. BridgeError where the connection has no sign-in, or its IdP is not known yet, or `address`,
        whose browser it is, began too many."""
        await self._idps.party(connection)
        settings, now = self._view.settings.connections[connection], self._view.clock()
        self._pace.take(address, now)
        assert settings.sign_in.saml is not None, "the party is known by it"
        fresh, id = settings.sign_in.saml.force_authn, new_id()

        def work(tx: Tx) -> Attempt:
            place = _place(tx, settings, wish.workspace, self._view.instance)
            expires = now + attempts.LASTS_MS
            attempt = Attempt(id, connection, kind, browser, wish.target, place, 0, fresh, now, expires)
            attempts.begin(tx, attempt)
            return attempt

        return await self.address(await self._view.database.write(work))

    async def address(self, attempt: Attempt) -> str:
        """Where an attempt goes to: also one that is sent back for a second factor."""
        party = await self._idps.party(attempt.connection)
        settings = self._view.settings.connections[attempt.connection]
        assert settings.sign_in.saml is not None, "the party is known by it"
        contexts: Sequence[str] = factors.requested(settings) if attempt.step == SECOND_FACTOR else ()
        return requests.login_url(
            party,
            attempt.id,
            now=self._view.clock(),
            sign=settings.sign_in.saml.sign_requests,
            force=attempt.fresh,
            contexts=contexts,
        )


def _place(tx: Tx, settings: ConnectionSettings, wanted: str | None, instance: str) -> int | None:
    """Our key of the workspace that is wanted, once there is such a row."""
    reference = workspaces.reference(settings, wanted) if wanted else None
    if reference is None:
        return None
    rows = workspaces.some(tx, instance, [reference.key], [])
    return next((row.pk for row in rows.values() if row.reference == reference.key), None)
