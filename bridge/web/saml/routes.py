"""Every address of signing in, as a table."""

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from bridge.web.saml import acs, login, logout, team, test
from bridge.web.saml.door import Door, paged

Page = Callable[[Door, web.Request], Awaitable[web.StreamResponse]]
_AT = "/saml/{connection}"
ROUTES: tuple[tuple[str, str, Page], ...] = (
    ("GET", "/login", login.discovered),
    ("GET", f"{_AT}/login", login.begin),
    ("POST", f"{_AT}/acs", acs.post),
    ("GET", f"{_AT}/acs", acs.visited),
    ("GET", f"{_AT}/finish", acs.finish),
    ("GET", f"{_AT}/slo", logout.slo),
    ("GET", f"{_AT}/logout", logout.leave),
    ("GET", _AT, team.page),
    ("GET", f"{_AT}/test", test.ask),
    ("POST", f"{_AT}/test", test.begin),
)


def mount(app: web.Application, door: Door) -> None:
    """Add them all."""
    for method, path, page in ROUTES:
        app.router.add_route(method, path, paged(door, partial(page, door)))
