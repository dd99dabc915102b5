"""A connection that people can sign in by, and its IdP, beside a running service."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.errors import BridgeError
from bridge.saml import source
from bridge.saml.idps import Idps
from bridge.settings import ConnectionSettings, Settings
from bridge.settings.values import Saml


def configured(settings: Settings, name: str) -> tuple[ConnectionSettings, Saml]:
    """It and its `sign_in.saml`; a sentence where there is none."""
    connection = desk.connection_of(settings, name)
    if connection.sign_in.saml is None:
        hint = f"Write `sign_in: {{saml: {{metadata: https://…}}}}` into connections/{name}.yaml; docs/saml.md says how."
        raise BridgeError("saml_not_configured", f"Nobody signs in by {name}: it has no sign_in.saml.", hint=hint)
    return connection, connection.sign_in.saml


@asynccontextmanager
async def idps_of(at: Desk) -> AsyncIterator[Idps]:
    """What is kept of their metadata; where there is none yet, it is looked for. What fails the command says itself."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    idps = Idps(at.database, at.settings, source.guard(at.settings.bridge), at.now)
    try:
        yield idps
    finally:
        await idps.close()
