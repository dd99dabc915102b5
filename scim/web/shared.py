"""What every endpoint shares: the host's service, bodies, errors, paging, projection."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from scim.clean import check_text
from scim.dialects import Healing
from scim.discovery import LARGEST_BODY, LARGEST_PAGE
from scim.errors import InvalidSyntax, InvalidValue, MethodNotAllowed, ScimError, TooLarge, UnsupportedMediaType
from scim.ports import Caller, Door
from scim.render import projected

CALLER = web.RequestKey("scim_caller", Caller)
HEALED = web.RequestKey("scim_healed", tuple[str, ...])
MEDIA_TYPE = "application/scim+json"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Options:
    """What a connection's operator chose."""

    strict: bool = False
    unique_group_names: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """What the host provides. `base_url` is the service's public address; `clock` gives epoch milliseconds."""

    door: Door
    base_url: str
    options: Callable[[str], Options]
    new_id: Callable[[], str]
    clock: Callable[[], int]

    def base(self, caller: Caller) -> str:
        return f"{self.base_url}/scim/v2/{caller.connection}"


def guarded(handler: Handler) -> Handler:
    """Errors as SCIM bodies, whatever happens to the request."""

    async def run(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ScimError as error:
            return answer(error.body(), status=error.status)
        except web.HTTPRequestEntityTooLarge:
            too_large = TooLarge(f"The body is larger than {LARGEST_BODY} bytes.")
            return answer(too_large.body(), status=too_large.status)

    return run


def route(app: web.Application, path: str, **handlers: Handler) -> None:
    """Register methods on a path; any other method gets a 405 that names these."""
    allowed = ", ".join(sorted(name.upper() for name in handlers))

    async def refuse(request: web.Request) -> web.StreamResponse:
        error = MethodNotAllowed(f"{request.method} is not offered here.")
        return answer(error.body(), status=405, headers={"Allow": allowed})

    for name, handler in handlers.items():
        app.router.add_route(name.upper(), path, guarded(handler))
    app.router.add_route("*", path, refuse)


def answer(body: bytes | None, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A SCIM response."""
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(body=body, status=status, headers=headers, content_type=MEDIA_TYPE)


async def body(request: web.Request) -> Any:
    """The JSON of a request."""
    if request.content_type not in {MEDIA_TYPE, "application/json", "application/octet-stream", "text/json"}:
        raise UnsupportedMediaType(f"The body must be {MEDIA_TYPE}, not {request.content_type[:80]}.")
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is no JSON: {str(error)[:120]}") from error


def healing(request: web.Request, service: Service) -> Healing:
    """The healers of this request; `done` tells the host which of them acted."""
    return Healing(service.options(request[CALLER].connection).strict)


def done(request: web.Request, healing: Healing) -> None:
    request[HEALED] = tuple(sorted(healing.acted))


def paging(request: web.Request) -> tuple[int, int]:
    """startIndex (from 1) and count, within what is offered (RFC 7644 §3.4.2.4)."""
    start = _number(request, "startIndex", 1)
    count = _number(request, "count", 100)
    return max(start, 1), min(max(count, 0), LARGEST_PAGE)


@dataclass(frozen=True, slots=True)
class Projection:
    """`attributes` and `excludedAttributes` (RFC 7644 §3.9) of one request, folded."""

    included: frozenset[str]
    excluded: frozenset[str]

    @classmethod
    def of(cls, request: web.Request) -> "Projection":
        return cls(_names(request, "attributes"), _names(request, "excludedAttributes"))

    def wants(self, name: str) -> bool:
        """Whether an attribute, or a part of it, is to be answered: what costs a look elsewhere is only read then."""
        if self.included:
            return any(one == name or one.startswith(name + ".") for one in self.included)
        return name not in self.excluded

    def apply(self, body: bytes, spliced: str) -> bytes:
        """The resource as asked for. `spliced` was left out where it isn't wanted, so that alone costs no parsing."""
        excluded = self.excluded - {spliced}
        return projected(body, self.included, excluded) if self.included or excluded else body


def resource_id(request: web.Request) -> str:
    """The id in the path; InvalidValue for what no database can look up."""
    return check_text(request.match_info["id"], "The id")


def _names(request: web.Request, key: str) -> frozenset[str]:
    text = request.query.get(key, "")
    prefixes = ("urn:ietf:params:scim:schemas:core:2.0:user:", "urn:ietf:params:scim:schemas:core:2.0:group:")
    names = {name.strip().lower().partition("[")[0] for name in text.split(",") if name.strip()}
    return frozenset(name.removeprefix(prefixes[0]).removeprefix(prefixes[1]) for name in names)


def _number(request: web.Request, key: str, default: int) -> int:
    text = request.query.get(key)
    if text is None or text == "":
        return default
    try:
        return max(min(int(text), 2**31), -(2**31))
    except ValueError:
        raise InvalidValue(f"{key} must be a number.") from None
