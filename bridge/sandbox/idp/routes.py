"""The addresses of the stand-in IdPs. A browser without a request stands at the page of an IdP, as at the tile of an app."""

import base64
import time
from dataclasses import replace
from urllib.parse import urlencode

import orjson
from aiohttp import web

from bridge.sandbox.idp import documents, form, page, redirect
from bridge.sandbox.idp.flavours import FLAVOURS
from bridge.sandbox.idp.idps import Idps, Login
from bridge.sandbox.idp.redirect import Asked
from bridge.sandbox.idp.response import Picked, response
from bridge.sandbox.idp.services import NAME, Service
from bridge.sandbox.peer import PEER

IDPS = web.AppKey("idps", Idps)


def add_idps(app: web.Application, idps: Idps) -> None:
    """Mount them."""
    app[IDPS] = idps
    router = app.router
    router.add_get("/_sandbox/idp", _told)
    router.add_post("/_sandbox/idp", _tell)
    router.add_get("/idp/{connection}", _choose)
    router.add_post("/idp/{connection}", _answer)
    router.add_get("/idp/{connection}/metadata", _metadata)
    router.add_get("/idp/{connection}/sso", _choose)
    router.add_post("/idp/{connection}/sso", _answer)
    router.add_get("/idp/{connection}/slo", _logout)
    router.add_post("/idp/{connection}/logout", _log_out)


async def _told(request: web.Request) -> web.Response:
    services = request.app[IDPS].services.all()
    return page.data([{"connection": one.connection, "provider": one.provider, "acs": one.acs} for one in services])


async def _tell(request: web.Request) -> web.Response:
    try:
        service = request.app[IDPS].services.tell(orjson.loads(await request.read()))
    except ValueError as error:  # orjson's own error is one, too
        return page.data({"error": str(error)}, 400)
    return page.data({"connection": service.connection, "provider": service.provider, "people": len(service.people)})


async def _metadata(request: web.Request) -> web.Response:
    service = _service(request)
    query = f"?{urlencode({'provider': service.provider})}" if "provider" in request.query else ""
    document = documents.metadata(service, request.app[IDPS].key(service.connection), _address(request), query)
    return web.Response(body=document, content_type="application/samlmetadata+xml")


async def _choose(request: web.Request) -> web.Response:
    """GET: the page on which somebody is picked."""
    service = _service(request)
    asked = _asked(request, service)
    logins = request.app[IDPS].logins.get(service.connection, ())
    return page.choose(request, service, asked, list(reversed(logins)))


async def _answer(request: web.Request) -> web.Response:
    """POST: what was picked there becomes a response, which the browser posts on; with JSON asked for, the form's fields."""
    idps, service = request.app[IDPS], _service(request)
    asked = _asked(request, service)
    try:
        picked = form.read(service, asked, await request.post())
    except ValueError as error:
        raise page.refused(str(error)) from error
    key = idps.foreign(service.connection) if picked.wrong == "key" else idps.key(service.connection)
    message = response(service, picked, key, time.time())
    _remember(idps, service, picked)
    fields = {"SAMLResponse": base64.b64encode(message).decode()}
    if "RelayState" in request.query:
        fields["RelayState"] = request.query["RelayState"]
    return page.on(request, service, picked, fields)


async def _logout(request: web.Request) -> web.Response:
    """GET: the service ends somebody's session, or says that it ended one."""
    idps, service = request.app[IDPS], _service(request)
    try:
        if "SAMLResponse" in request.query:
            return page.logged_out(service, redirect.read_answer(request.query))
        asked = redirect.read_logout(request.query)
    except ValueError as error:
        raise page.refused(str(error)) from error
    if not service.slo:
        raise page.refused(f"Nobody told this IdP where logout answers of {service.connection} go.")
    idps.forget(service.connection, asked.name_id, asked.sessions)
    message = documents.logout_response(service, asked.id, time.time())
    key, relay = idps.key(service.connection), request.query.get("RelayState", "")
    raise page.leave(redirect.url(service.slo, "SAMLResponse", message, key, relay))


async def _log_out(request: web.Request) -> web.Response:
    """POST: the IdP ends a session of somebody who signed in lately."""
    idps, service = request.app[IDPS], _service(request)
    session = str((await request.post()).get("session", ""))
    login = next((one for one in idps.logins.get(service.connection, ()) if one.session == session), None)
    if login is None or not service.slo:
        raise page.refused("There is no such session here, or no address to end it at.")
    idps.forget(service.connection, login.name_id, (login.session,))
    message = documents.logout_request(service, login.name_id, login.format, login.session, time.time())
    raise page.leave(redirect.url(service.slo, "SAMLRequest", message, idps.key(service.connection)))


def _service(request: web.Request) -> Service:
    """The one in the path, as another provider if the query says so."""
    connection, provider = request.match_info["connection"], request.query.get("provider")
    if not NAME.fullmatch(connection):
        raise page.refused("The name of a connection has small letters, digits and -.", 404)
    service = request.app[IDPS].service(connection)
    if provider is None:
        return service
    if provider not in FLAVOURS:
        raise page.refused(f"provider is one of {', '.join(FLAVOURS)}.")
    return replace(service, provider=provider)


def _asked(request: web.Request, service: Service) -> Asked | None:
    """The request that came along; None: the browser came by itself."""
    if not request.path.endswith("/sso"):
        return None
    try:
        asked = redirect.read_login(request.query)
    except ValueError as error:
        raise page.refused(str(error)) from error
    for said, agreed in ((asked.issuer, service.entity_id), (asked.acs, service.acs)):
        if said and agreed and said != agreed:
            raise page.refused(f"{said} asks, and this IdP knows {agreed} by the name of {service.connection}.")
    return asked


def _remember(idps: Idps, service: Service, picked: Picked) -> None:
    if not picked.wrong:
        shape = FLAVOURS[picked.shape]
        idps.remember(service.connection, Login(picked.person.email, shape.name_id, picked.session))


def _address(request: web.Request) -> str:
    origin = request.app[PEER].options.url or f"{request.scheme}://{request.host}"
    return f"{origin}/idp/{request.match_info['connection']}"
