"""The token endpoint without its HTTP: client credentials (RFC 6749 §4.4), by a secret or an assertion (RFC 7523 §2.2).

The client id finds the connection; only a client that was made for it is believed on an assertion.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from bridge.callers import access, clients, entra
from bridge.callers.clients import Client
from bridge.callers.jwks import KeyRings
from bridge.callers.visitor import Reason, Refusal
from bridge.settings import ConnectionSettings
from bridge.store.database import Database
from scim.ports import Tx

SCOPE = "scim"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token, as RFC 6749 §5.1 has it; `lasts` in seconds."""

    token: str
    lasts: int
    client: str
    connection: str


class Refused(Exception):
    """An error of RFC 6749 §5.2. `refusal`: somebody failed to prove who they are, at `connection` if it is known."""

    def __init__(
        self, error: str, description: str, *, refusal: Refusal | None = None, connection: str | None = None
    ) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.refusal = refusal
        self.connection = connection


@dataclass(frozen=True, slots=True)
class _Presented:
    client: str
    secret: str | None
    assertion: str | None


class TokenEndpoint:
    """`clock` gives epoch milliseconds."""

    def __init__(
        self,
        database: Database,
        connections: Mapping[str, ConnectionSettings],
        rings: KeyRings,
        clock: Callable[[], int],
    ) -> None:
        self._database = database
        self._connections = connections
        self._rings = rings
        self._clock = clock

    async def grant(self, form: Form, authorization: str | None) -> Granted:
        """Raises Refused; KeysUnreached where only Microsoft could tell, and is away."""
        if not form.get("grant_type"):
            raise Refused("invalid_request", "grant_type is missing.")
        presented = _presented(form, authorization)
        if form["grant_type"] != "client_credentials":
            raise Refused("unsupported_grant_type", "The grant type must be client_credentials.")
        client, settings = await self._client(presented.client)
        secret = await self._proved(presented, client, settings)
        if set(form.get("scope", "").split()) - {SCOPE}:
            raise Refused("invalid_scope", f"The only scope is {SCOPE}.")
        return await self._issue(client, settings, secret)

    async def _client(self, id: str) -> tuple[Client, ConnectionSettings]:
        client = await self._database.point(lambda tx: clients.find(tx, id))
        if client is None or client.revoked is not None:
            raise _unproved("unknown_client", client.connection if client else None)
        settings = self._connections.get(client.connection)
        if settings is None:
            raise _unproved("unknown_connection")
        if "oauth" not in settings.callers.auth:
            raise _unproved("method_not_listed", settings.name)
        return client, settings

    async def _proved(self, presented: _Presented, client: Client, settings: ConnectionSettings) -> str | None:
        """The id of the secret that fits; None for an assertion that does."""
        if presented.assertion is not None:
            await self._asserted(presented.assertion, client, settings)
            return None
        secret = client.secret(presented.secret or "", self._clock())
        if secret is None:
            raise _unproved("wrong_secret", settings.name)
        return secret.id

    async def _asserted(self, assertion: str, client: Client, settings: ConnectionSettings) -> None:
        trusted, now = settings.callers.entra, self._clock()
        if trusted is None or not client.federated:
            raise _unproved("method_not_listed", settings.name)
        proof = await entra.judge(assertion, trusted, self._rings, now)
        if isinstance(proof, Refusal):
            raise _unproved(proof.reason, settings.name, proof.about)
        if proof.jti is not None:
            jti, over = proof.jti, proof.expires + entra.SKEW_MS
            first = await self._database.write(lambda tx: access.use_up(tx, settings.name, jti, expires=over, now=now))
            if not first:
                raise _unproved("replayed", settings.name)

    async def _issue(self, client: Client, settings: ConnectionSettings, secret: str | None) -> Granted:
        token, now, lasts = access.new_secret(), self._clock(), settings.callers.token_lasts
        expires = now + lasts * 1000

        def work(tx: Tx) -> None:
            access.issue(tx, token, settings.name, client.id, secret=secret, expires=expires, now=now)
            clients.used(tx, client.id, now)

        await self._database.write(work)
        return Granted(token, lasts, client.id, settings.name)


def _presented(form: Form, authorization: str | None) -> _Presented:
    """Who they say they are, in exactly one way (RFC 6749 §2.3: not more than one a request)."""
    secret, assertion = form.get("client_secret"), form.get("client_assertion")
    if sum(one is not None for one in (authorization, secret, assertion)) > 1:
        raise Refused("invalid_request", "Authenticate in one way: Basic, client_secret, or client_assertion.")
    if authorization is not None:
        return _basic(authorization, form.get("client_id"))
    if not form.get("client_id"):
        raise _unproved("no_credentials")
    if assertion is not None and form.get("client_assertion_type") != JWT_BEARER:
        raise Refused("invalid_request", f"client_assertion_type must be {JWT_BEARER}.")
    if assertion is None and secret is None:
        raise _unproved("no_credentials")
    return _Presented(form["client_id"], secret, assertion)


def _basic(authorization: str, named: str | None) -> _Presented:
    """Both parts are form-encoded before they are joined (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        user = colon = password = ""
    if scheme.lower() != "basic" or not colon:
        raise _unproved("no_credentials")
    if named is not None and named != unquote_plus(user):
        raise Refused("invalid_request", "client_id differs from the user name of Basic.")
    return _Presented(unquote_plus(user), unquote_plus(password), None)


def _unproved(reason: Reason, connection: str | None = None, about: str = "") -> Refused:
    """One sentence for all of them: what was wrong stands in the audit trail."""
    sentence = "The client is unknown, or did not prove itself."
    return Refused("invalid_client", sentence, refusal=Refusal(reason, about), connection=connection)
