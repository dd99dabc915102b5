"""The addresses of the dashboard. Pages for people; data for who asks for JSON, or adds `?format=json`."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from bridge.sandbox import frontend
from bridge.sandbox.clerk.errors import Refused
from bridge.sandbox.dashboard import reasons
from bridge.sandbox.dashboard.reasons import BRIDGE, Bridge
from bridge.sandbox.dashboard.visit import Visit, looking, visiting
from bridge.sandbox.idp import IDPS
from bridge.sandbox.rendering import templates

_TEMPLATES = templates(Path(__file__).parent)
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}  # the address may have a ticket in it
_HOME = "/dashboard"
_SIGN_IN = f"{_HOME}/sign-in"


def add_dashboard(app: web.Application) -> None:
    """Mount it."""
    app[BRIDGE] = Bridge()
    router = app.router
    router.add_post("/_sandbox/bridge", _tell)
    router.add_get(_SIGN_IN, _sign_in)
    router.add_post(f"{_HOME}/sign-out", _sign_out)
    router.add_post(f"{_HOME}/workspace", _move)
    router.add_get(_HOME, _show)
    router.add_get(f"{_HOME}/{{path:.*}}", _show)


async def _tell(request: web.Request) -> web.Response:
    try:
        reasons.tell(request.app[BRIDGE], orjson.loads(await request.read()))
    except ValueError as error:  # orjson's own error is one, too
        return _data({"error": str(error)}, 400)
    return _data({"url": request.app[BRIDGE].url})


async def _sign_in(request: web.Request) -> web.StreamResponse:
    """GET: with a ticket it is used, and the browser goes on; without one it is asked who it is."""
    ticket, place = request.query.get("__clerk_ticket"), _place(request.query.get("redirect_url", ""))
    if not ticket:
        return _html("sign_in.html", bridge=request.app[BRIDGE].url, place=place.removeprefix(_HOME) or "/")
    try:
        with visiting(request) as visit:
            visit.enter(ticket)
    except Refused as refused:
        return _refused(request, refused)
    return _on(place, visit)


async def _sign_out(request: web.Request) -> web.StreamResponse:
    with visiting(request) as visit:
        visit.leave()
    return _on(_SIGN_IN, visit)


async def _move(request: web.Request) -> web.StreamResponse:
    """POST: be active in another workspace."""
    organization = str((await request.post()).get("workspace", ""))
    try:
        with visiting(request) as visit:
            visit.move(organization)
    except Refused as refused:
        return _refused(request, refused)
    return _on(_HOME, visit)


async def _show(request: web.Request) -> web.StreamResponse:
    visit = looking(request)
    if (session := visit.session) is None:
        return _on(f"{_SIGN_IN}?{urlencode({'redirect_url': request.path})}", visit)
    shown = visit.shown(session)
    why = await reasons.why(request.app[BRIDGE], shown["user"]["id"])
    shown |= {"path": request.path.removeprefix(_HOME) or "/", "why": why, "logout": _logouts(request, why)}
    if _wants_data(request):
        return _data(shown)
    return _html("home.html", **shown, named=_named(shown), claims=_claims(shown["convex"]))


def _logouts(request: web.Request, why: dict[str, Any]) -> dict[str, str]:
    """Where the bridge ends a sign-in of the person's connections; of any connection where it doesn't say which they are."""
    theirs = {one["connection"] for one in why.get("accounts", ())}
    known = [one for one in request.app[IDPS].services.all() if one.logout]
    return {one.connection: one.logout for one in known if not theirs or one.connection in theirs}


def _named(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The person's workspaces, each with the reasons that the bridge gives for it."""
    reasons = {one["organization"]: one for one in shown["why"].get("workspaces", ())}
    return [one | {"reason": reasons.get(one["id"])} for one in shown["workspaces"]]


def _claims(convex: dict[str, Any] | None) -> str:
    return orjson.dumps(convex, option=orjson.OPT_INDENT_2).decode() if convex else ""


def _place(wanted: str) -> str:
    """A path below the dashboard, whatever address was asked for: nothing leads away from here."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or wanted == "/":
        return _HOME
    if wanted == _HOME or wanted.startswith((f"{_HOME}/", f"{_HOME}?")):
        return wanted
    return f"{_HOME}{wanted}"


def _on(place: str, visit: Visit) -> web.Response:
    """303, as a browser that is known from now on."""
    answer = web.Response(status=303, headers={**_HEADERS, "Location": place})
    frontend.know(answer, visit.client)
    return answer


def _refused(request: web.Request, refused: Refused) -> web.Response:
    problem = refused.errors[0]
    if _wants_data(request):
        return _data({"errors": refused.errors}, refused.status)
    return _html("refused.html", refused.status, problem=problem, bridge=request.app[BRIDGE].url)


def _wants_data(request: web.Request) -> bool:
    return request.query.get("format") == "json" or "application/json" in request.headers.get("Accept", "")


def _data(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json", headers=_HEADERS)


def _html(template: str, status: int = 200, **values: Any) -> web.Response:
    text = _TEMPLATES.get_template(template).render(**values)
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)
