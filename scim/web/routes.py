"""The endpoints of one connection, /scim/v2/{connection}/…: which path is whose."""

from collections.abc import Callable

from aiohttp import web

from scim import discovery
from scim.errors import NotFound
from scim.web import groups, users
from scim.web.shared import CALLER, HEALED, MEDIA_TYPE, Options, Service, answer, guarded, route

__all__ = ["CALLER", "HEALED", "MEDIA_TYPE", "Options", "Service", "mount"]


def mount(app: web.Application, service: Service) -> None:
    """Add every endpoint under /scim/v2/{connection}."""
    root = "/scim/v2/{connection}"
    users.mount(app, service, f"{root}/Users")
    groups.mount(app, service, f"{root}/Groups")
    for path in ("/ServiceProviderConfig", "/serviceConfiguration", "/ServiceProviderConfigs"):
        _get(app, root + path, service, lambda base, _: discovery.service_provider_config(base))
    _get(app, f"{root}/ResourceTypes", service, lambda base, _: discovery.resource_types(base))
    _get(app, root + "/ResourceTypes/{id}", service, lambda base, id: discovery.resource_type(id, base))
    _get(app, f"{root}/Schemas", service, lambda base, _: discovery.schemas(base))
    _get(app, root + "/Schemas/{id}", service, lambda base, id: discovery.schema(id, base))
    app.router.add_route("*", root + "/{tail:.*}", guarded(_nothing_here))
    app.router.add_route("*", root, guarded(_nothing_here))


def _get(app: web.Application, path: str, service: Service, read: Callable[[str, str], bytes]) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(read(service.base(request[CALLER]), request.match_info.get("id", "")))

    route(app, path, get=handle)


async def _nothing_here(request: web.Request) -> web.StreamResponse:
    raise NotFound("There is no such endpoint.")
