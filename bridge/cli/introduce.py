"""What `serve` tells the sandbox of itself, as an admin would type it in at Clerk and at an IdP.

Secrets are made for this run, and told to nobody else.
"""

import base64
import secrets
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson
import structlog

from bridge.replay.onboarding.roster import Entry, roster
from bridge.settings import Settings
from bridge.settings.references import Secret
from bridge.settings.values import Clerk, ConnectionSettings
from bridge.web.webhooks import PATH

NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where one that listens everywhere is found from here

_PATIENCE = 15.0  # seconds


def webhooks(settings: Settings) -> Settings:
    """The sandbox sends its webhooks to us, signed with a secret of this run, unless the operator has set one."""
    clerk = settings.bridge.clerk
    if clerk.webhook_signing_secret is not None:
        return settings
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    told = _tell(clerk.api_url, "webhooks", {"url": f"{_own(settings)}{PATH}", "secret": secret})
    return _with(settings, webhook_signing_secret=Secret(secret, "made for the sandbox")) if told else settings


def dashboard(settings: Settings) -> Settings:
    """Its dashboard may ask us why somebody has a role."""
    secret = secrets.token_urlsafe(32)
    told = _tell(_sandbox(settings), "bridge", {"url": _own(settings), "secret": secret})
    return _with(settings, dashboard_secret=Secret(secret, "made for the sandbox")) if told else settings


def identity_providers(settings: Settings) -> None:
    """Its IdPs know the service of each connection that they stand in for, and the people of the examples."""
    place = f"{_sandbox(settings)}/idp/"
    for name, connection in settings.connections.items():
        saml = connection.sign_in.saml
        if saml is not None and saml.metadata.startswith(place):
            _tell(_sandbox(settings), "idp", _service(settings.bridge.public_url, name, connection))


def _service(public_url: str, name: str, connection: ConnectionSettings) -> dict[str, Any]:
    own, entries = f"{public_url}/saml/{name}", roster(name)
    return {
        "connection": name,
        "provider": connection.provider,
        "entity_id": own,
        "acs": f"{own}/acs",
        "slo": f"{own}/slo",
        "login": f"{own}/login",
        "logout": f"{own}/logout",
        "people": [_person(one) for one in entries],
        "groups": sorted({(one.group.name, one.group.id) for one in entries if one.group.id}),
    }


def _person(entry: Entry) -> dict[str, Any]:
    person = entry.person
    return {
        "email": person.email,
        "given": person.given,
        "family": person.family,
        "id": entry.id,
        "title": person.title,
        "groups": [entry.group.name],
        "note": "has left" if entry.left else "",
    }


def _tell(sandbox: str, what: str, facts: dict[str, Any]) -> bool:
    """Whether the sandbox took it. A service runs without that, too."""
    request = Request(f"{sandbox}/_sandbox/{what}", orjson.dumps(facts), method="POST")  # noqa: S310 - the operator's own address
    try:
        with urlopen(request, timeout=_PATIENCE):  # noqa: S310 - the same
            return True
    except (URLError, OSError) as error:
        said = error.read(1000).decode(errors="replace") if isinstance(error, HTTPError) else None
        structlog.get_logger().warning(
            "the sandbox does not take what it is told", about=what, problem=str(error), said=said
        )
        return False


def _own(settings: Settings) -> str:
    """Where the sandbox finds us."""
    host, port = settings.bridge.listen
    return _at(NEAR.get(host, host), port)


def _sandbox(settings: Settings) -> str:
    return _at(*settings.bridge.sandbox_listen)


def _at(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _with(settings: Settings, **values: Any) -> Settings:
    clerk: Clerk = replace(settings.bridge.clerk, **values)
    return replace(settings, bridge=replace(settings.bridge, clerk=clerk))
