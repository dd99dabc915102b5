"""What the pages of signing in stand on, and the one place where an error becomes a page: with an id, and no detail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bridge.clerk.errors import ClerkError, NotNow
from bridge.errors import BridgeError
from bridge.provisioning.tools import View
from bridge.saml.idps import Idps
from bridge.saml.metadata import Unusable
from bridge.saml.untrusted import Untrusted
from bridge.signin.arrive import Arrivals
from bridge.signin.finish import NoAccess
from bridge.signin.land import Landing
from bridge.signin.logout import Logout
from bridge.signin.refusals import NotLetIn
from bridge.signin.start import Starts
from bridge.store.errors import StoreError
from bridge.web.request_ids import id_of
from bridge.web.saml import pages, told
from bridge.web.saml.cookie import Cookie
from bridge.web.saml.dashboard import Dashboard
from bridge.web.saml.form import Room

_MESSAGES = {"SAMLRequest", "SAMLResponse"}
# the words for errors that have none of their own, by the first that fits
_KINDS: tuple[tuple[type[BridgeError] | tuple[type[BridgeError], ...], str], ...] = (
    ((Untrusted, NotLetIn, NoAccess), "unverified"),
    (NotNow, "broken"),
    (ClerkError, "refused"),
    ((Unusable, StoreError), "unreached"),
)
WAIT = 5  # seconds until a page tries again by itself
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Door:
    """`address` tells whose a request is; `cookie` binds what begins at a browser."""

    view: View
    idps: Idps
    starts: Starts
    arrivals: Arrivals
    landing: Landing
    logout: Logout
    address: Callable[[web.Request], str]
    cookie: Cookie
    dashboard: Dashboard
    forms: Room = field(default_factory=Room)


def paged(door: Door, handler: Handler) -> Handler:
    """`handler`, whose errors are pages."""

    async def answered(request: web.Request) -> web.StreamResponse:
        request[REQUEST_ID] = id_of(request)
        try:
            return await handler(request) if _readable(request) else problem(door, request, told.of("address_unreadable"))
        except (web.HTTPException, ConnectionResetError):  # who left in the middle of a form reads no page
            raise
        except BridgeError as error:
            note(request, error)
            return problem(door, request, told.of(error.code, _kind(error)), target=getattr(error, "target", None))
        except Exception:
            log.exception("a sign-in failed", request_id=request[REQUEST_ID], path=request.path)
            return problem(door, request, told.of("", "broken"))

    return answered


def _kind(error: BridgeError) -> str:
    return next((kind for types, kind in _KINDS if isinstance(error, types)), "busy")


def _readable(request: web.Request) -> bool:
    """No text of ours has a NUL in it, and PostgreSQL takes none. A message of an IdP's is judged by its own reader."""
    return not any("\0" in value for name, value in request.query.items() if name not in _MESSAGES)


def problem(
    door: Door, request: web.Request, words: told.Told, *, again: str | None = None, target: str | None = None
) -> web.Response:
    """The page about it; `again` goes on with the same attempt, by itself, instead of beginning anew to get to `target`."""
    name = request.match_info.get("connection", "")
    settings = door.view.settings.connections.get(name)
    anew = f"/saml/{name}/login" if settings is not None and settings.sign_in.saml is not None else "/login"
    anew += f"?{urlencode({'to': target})}" if target else ""
    return pages.problem(
        words.status,
        words.title,
        words.sentence,
        request_id=request[REQUEST_ID],
        contact=settings.contact if settings is not None else None,
        again=again or (anew if words.again else None),
        wait=WAIT if again else None,
    )


def note(request: web.Request, error: BridgeError) -> None:
    """A line for operators."""
    connection = request.match_info.get("connection")
    log.warning(
        "somebody was not signed in",
        request_id=request[REQUEST_ID],
        connection=connection,
        code=error.code,
        sentence=error.sentence,
    )
