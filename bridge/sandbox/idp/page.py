"""The pages of an IdP: pick somebody, on to the service, signed out, refused."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import orjson
from aiohttp import web

from bridge.sandbox.idp.flavours import FLAVOURS
from bridge.sandbox.idp.idps import Login
from bridge.sandbox.idp.redirect import Asked
from bridge.sandbox.idp.response import Picked
from bridge.sandbox.idp.services import Service
from bridge.sandbox.rendering import templates

_TEMPLATES = templates(Path(__file__).parent)
_LAST = "picked_last"
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}  # a response is a bearer credential


def choose(request: web.Request, service: Service, asked: Asked | None, logins: list[Login]) -> web.Response:
    """Who are you? `asked` is the request that waits for an answer. Whoever this browser was last is picked already."""
    flavours = {name: one.title for name, one in FLAVOURS.items()}
    groups = {one.email: list(one.groups) for one in service.people}
    last = service.person(unquote(request.cookies.get(_LAST, ""))) or next(iter(service.people), None)
    values = {"asked": asked, "logins": logins, "flavours": flavours, "groups": groups, "last": last}
    return _html("choose.html", service=service, **values)


def on(request: web.Request, service: Service, picked: Picked, fields: dict[str, str]) -> web.Response:
    """The form that takes a response to the service: the browser posts it itself; as JSON for who asks for that."""
    if wants_data(request):
        return data({"acs": picked.acs, **fields})
    answer = _html("post.html", acs=picked.acs, fields=fields)
    answer.set_cookie(_LAST, quote(picked.person.email), path=f"/idp/{service.connection}", httponly=True, samesite="Lax")
    return answer


def logged_out(service: Service, status: str) -> web.Response:
    """The service told how its end of a logout went."""
    return _html("done.html", service=service, status=status)


def refused(sentence: str, status: int = 400) -> web.HTTPException:
    """To be raised: this IdP does not do that."""
    text = _TEMPLATES.get_template("refused.html").render(sentence=sentence)
    kind = web.HTTPNotFound if status == 404 else web.HTTPBadRequest
    return kind(text=text, content_type="text/html", headers=_HEADERS)


def leave(url: str) -> web.HTTPException:
    """To be raised: the browser goes there, and nobody keeps how."""
    answer = web.HTTPSeeOther(url, headers=_HEADERS)
    answer.headers["Location"] = url  # as it was signed: aiohttp quotes addresses anew
    return answer


def wants_data(request: web.Request) -> bool:
    return request.query.get("format") == "json" or "application/json" in request.headers.get("Accept", "")


def data(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")


def _html(template: str, **values: Any) -> web.Response:
    text = _TEMPLATES.get_template(template).render(**values)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)
