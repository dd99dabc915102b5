"""The endpoints of one connection, /scim/v2/{connection}/…: which path is whose."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from scim import discovery
from scim.errors import Forbidden, InvalidSyntax, InvalidValue, NotFound
from scim.rfc import LONGEST
from scim.schemas import Shape
from scim.web.bulk import Bulk
from scim.web.call import Call, Reply
from scim.web.groups import Groups
from scim.web.http import Handler, handler, query_of, refusal, respond, route
from scim.web.me import as_me
from scim.web.search import Search, listed
from scim.web.service import Options, Service
from scim.web.users import Users

Shapes = Callable[[Options], tuple[Shape, ...]]


def mount(app: web.Application, service: Service) -> None:
    """Add every endpoint under /scim/v2/{connection}."""
    root = "/scim/v2/{connection}"
    users, groups = Users(service), Groups(service)
    _resources(app, service, f"{root}/Users", users, lambda options: (options.users,))
    _resources(app, service, f"{root}/Groups", groups, lambda options: (options.groups,))
    me = {"get": as_me(users.get), "delete": as_me(users.delete)}
    bodies = {"put": as_me(users.replace), "patch": as_me(users.patch)}
    route(
        app,
        f"{root}/Me",
        **{method: handler(service, one) for method, one in me.items()},
        **{method: handler(service, one, body=True) for method, one in bodies.items()},
    )
    route(app, f"{root}/Bulk", post=handler(service, Bulk(service, users, groups).run, body=True))
    route(app, f"{root}/.search", post=_search(service, lambda options: options.shapes))
    for path in (root, f"{root}/"):
        route(app, path, get=_list(service, lambda options: options.shapes))
    _discovery(app, service, root)
    app.router.add_route("*", root + "/{tail:.*}", _nothing_here)


def _resources(app: web.Application, service: Service, path: str, resources: Users | Groups, shapes: Shapes) -> None:
    create = handler(service, resources.create, body=True, new=True)
    for collection in (path, f"{path}/"):  # Microsoft's collection asks with the slash
        route(app, collection, get=_list(service, shapes), post=create)
    route(app, f"{path}/.search", post=_search(service, shapes))
    route(
        app,
        path + "/{id}",
        get=handler(service, resources.get),
        put=handler(service, resources.replace, body=True),
        patch=handler(service, resources.patch, body=True),
        delete=handler(service, resources.delete),
    )


def _list(service: Service, shapes: Shapes) -> Handler:
    async def run(request: web.Request) -> web.StreamResponse:
        async def operation(call: Call) -> Reply:
            return await listed(service, call, shapes(call.options), Search.of(query_of(request)))

        return await handler(service, operation)(request)

    return run


def _search(service: Service, shapes: Shapes) -> Handler:
    """A SearchRequest; its `attributes` are lists."""

    async def operation(call: Call) -> Reply:
        message: Any = call.data
        if not isinstance(message, Mapping):
            raise InvalidSyntax("A SearchRequest must be a JSON object.")
        call.attributes, call.excluded = _joined(message, "attributes"), _joined(message, "excludedAttributes")
        return await listed(service, call, shapes(call.options), Search.of(message))

    return handler(service, operation, body=True)


def _joined(message: Mapping[str, Any], key: str) -> str:
    names = message.get(key) or []
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidSyntax(f"{key} must be a list of names.")
    joined = ",".join(names)
    if len(joined) > LONGEST:  # as in an address
        raise InvalidValue(f"{key} may have {LONGEST} characters.")
    return joined


def _discovery(app: web.Application, service: Service, root: str) -> None:
    for path in ("/ServiceProviderConfig", "/serviceConfiguration", "/ServiceProviderConfigs"):
        _read(app, service, root + path, lambda call: discovery.service_provider_config(call.base, call.options.schemes))
    _read(app, service, f"{root}/ResourceTypes", lambda call: discovery.resource_types(call.base, call.options.shapes))
    _read(
        app, service, root + "/ResourceTypes/{id}",
        lambda call: discovery.resource_type(call.id, call.base, call.options.shapes),
    )  # fmt: skip
    _read(app, service, f"{root}/Schemas", lambda call: discovery.schemas(call.base, call.options.shapes))
    _read(app, service, root + "/Schemas/{id}", lambda call: discovery.schema(call.id, call.base, call.options.shapes))


def _read(app: web.Application, service: Service, path: str, read: Callable[[Call], bytes]) -> None:
    async def run(request: web.Request) -> web.StreamResponse:
        async def operation(call: Call) -> Reply:
            if "filter" in query_of(request):
                raise Forbidden("What a service offers isn't filtered (RFC 7644 §4).")
            return Reply(200, read(call))

        return await handler(service, operation)(request)

    route(app, path, get=run)


async def _nothing_here(request: web.Request) -> web.StreamResponse:
    return await respond(request, refusal(NotFound("There is no such endpoint.")))
