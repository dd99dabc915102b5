"""The endpoints of one connection, /scim/v2/{connection}/…: which operation answers which method at which place.

One route for all, and a table: aiohttp would try some twenty patterns before it came to a user.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from scim import discovery
from scim.errors import Forbidden, InvalidSyntax, InvalidValue, NotFound
from scim.rfc import LONGEST
from scim.schemas import Shape
from scim.web.bulk import Bulk
from scim.web.call import Call, Reply
from scim.web.groups import Groups
from scim.web.http import Endpoint, carried_out, not_allowed, refusal, respond
from scim.web.me import as_me
from scim.web.search import Search, listed
from scim.web.service import Options, Service
from scim.web.users import Users

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Methods = Mapping[str, Endpoint]
Shapes = Callable[[Options], tuple[Shape, ...]]


def mount(app: web.Application, service: Service, guarded: Callable[[Handler], Handler]) -> None:
    """Answer everything under /scim/v2/{connection}. `guarded` puts the host before it, who says who calls (CALLER)."""
    table = _table(service)

    async def dispatch(request: web.Request) -> web.StreamResponse:
        place, id = _place(request.match_info["tail"], table)
        methods = table.get(place)
        if methods is None:
            return await respond(request, refusal(NotFound("There is no such endpoint.")))
        endpoint = methods.get(request.method)
        if endpoint is None:
            return await respond(request, not_allowed(request.method, methods))
        return await carried_out(service, request, endpoint, id)

    app.router.add_route("*", r"/scim/v2/{connection}{tail:(?:/[\s\S]*)?}", guarded(dispatch))


def _place(tail: str, table: Mapping[str, Methods]) -> tuple[str, str]:
    """``/Users/2819c223`` is the place ``/Users/*`` and an id; a place of its own goes before."""
    if tail in table:
        return tail, ""
    collection, _, id = tail.rpartition("/")
    return f"{collection}/*", id


def _table(service: Service) -> dict[str, Methods]:
    users, groups = Users(service), Groups(service)
    everything = {"GET": _list(service, lambda options: options.shapes)}
    return {
        **_resources(service, "/Users", users, lambda options: (options.users,)),
        **_resources(service, "/Groups", groups, lambda options: (options.groups,)),
        "/Me": {
            "GET": Endpoint(as_me(users.get)),
            "PUT": Endpoint(as_me(users.replace), body=True),
            "PATCH": Endpoint(as_me(users.patch), body=True),
            "DELETE": Endpoint(as_me(users.delete)),
        },
        "/Bulk": {"POST": Endpoint(Bulk(service, users, groups).run, body=True)},
        "/.search": {"POST": _search(service, lambda options: options.shapes)},
        "": everything,
        "/": everything,
        **_discovery(),
    }


def _resources(service: Service, path: str, resources: Users | Groups, shapes: Shapes) -> dict[str, Methods]:
    collection = {"GET": _list(service, shapes), "POST": Endpoint(resources.create, body=True, new=True)}
    return {
        path: collection,
        f"{path}/": collection,  # Microsoft's collection asks with the slash
        f"{path}/.search": {"POST": _search(service, shapes)},
        f"{path}/*": {
            "GET": Endpoint(resources.get),
            "PUT": Endpoint(resources.replace, body=True),
            "PATCH": Endpoint(resources.patch, body=True),
            "DELETE": Endpoint(resources.delete),
        },
    }


def _list(service: Service, shapes: Shapes) -> Endpoint:
    async def operation(call: Call) -> Reply:
        return await listed(service, call, shapes(call.options), Search.of(call.query))

    return Endpoint(operation)


def _search(service: Service, shapes: Shapes) -> Endpoint:
    """A SearchRequest; its `attributes` are lists."""

    async def operation(call: Call) -> Reply:
        message = call.data
        if not isinstance(message, dict):
            raise InvalidSyntax("A SearchRequest must be a JSON object.")
        call.attributes, call.excluded = _joined(message, "attributes"), _joined(message, "excludedAttributes")
        return await listed(service, call, shapes(call.options), Search.of(message))

    return Endpoint(operation, body=True)


def _joined(message: Mapping[str, object], key: str) -> str:
    names = message.get(key) or []
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidSyntax(f"{key} must be a list of names.")
    joined = ",".join(names)
    if len(joined) > LONGEST:  # as in an address
        raise InvalidValue(f"{key} may have {LONGEST} characters.")
    return joined


def _discovery() -> dict[str, Methods]:
    config = _read(lambda call: discovery.service_provider_config(call.base, call.options.schemes))
    return {
        "/ServiceProviderConfig": config,
        "/serviceConfiguration": config,  # its names in older drafts and samples
        "/ServiceProviderConfigs": config,
        "/ResourceTypes": _read(lambda call: discovery.resource_types(call.base, call.options.shapes)),
        "/ResourceTypes/*": _read(lambda call: discovery.resource_type(call.id, call.base, call.options.shapes)),
        "/Schemas": _read(lambda call: discovery.schemas(call.base, call.options.shapes)),
        "/Schemas/*": _read(lambda call: discovery.schema(call.id, call.base, call.options.shapes)),
    }


def _read(read: Callable[[Call], bytes]) -> Methods:
    async def operation(call: Call) -> Reply:
        if "filter" in call.query:
            raise Forbidden("What a service offers isn't filtered (RFC 7644 §4).")
        return Reply(200, read(call))

    return {"GET": Endpoint(operation)}
