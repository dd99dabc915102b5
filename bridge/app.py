"""Wires the rooms together, and nothing else."""

import asyncio
import os
import secrets
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from aiohttp import web

from bridge.answers import gauges
from bridge.audit.key import sealing_key
from bridge.audit.sealer import Sealer
from bridge.callers.gate import Gate
from bridge.callers.jwks import KeyRings
from bridge.callers.oauth import TokenEndpoint
from bridge.callers.schemes import authentication_schemes
from bridge.clerk.api import Api
from bridge.clock import epoch_ms
from bridge.dirty import persons as marks
from bridge.outbound import Guard
from bridge.provisioning.intake import Intake
from bridge.provisioning.reconcile import Reconciler
from bridge.provisioning.reread import Reread
from bridge.provisioning.sessions.patrol import Patrol
from bridge.provisioning.sweep import Sweeper
from bridge.provisioning.tools import Tools
from bridge.requests.request_log import RequestLog
from bridge.rulebook import Rulebook
from bridge.rulebook.watch import Watch
from bridge.saml import source
from bridge.saml.idps import Idps
from bridge.saml.pool import Gatekeeper
from bridge.settings import Settings
from bridge.signin.arrive import Arrivals
from bridge.signin.finish import Finish
from bridge.signin.forgetting import Forgetting
from bridge.signin.land import Landing
from bridge.signin.logout import Logout
from bridge.signin.start import Starts
from bridge.store.database import Database, open_database
from bridge.store.shared_key import shared_key
from bridge.web import health, oauth, scim, unread, webhooks, why
from bridge.web.address import address_of
from bridge.web.notes import Notes
from bridge.web.saml import metadata, routes
from bridge.web.saml.cookie import Cookie
from bridge.web.saml.dashboard import Dashboard
from bridge.web.saml.door import Door
from bridge.webhooks.reader import Reader
from bridge.webhooks.signature import Verifier
from scim.discovery import LARGEST_BODY
from scim.schemas import GROUPS, TWINS, USERS
from scim.web import Options, Service, mount

CONNECTIONS = 48  # to Clerk: one for each person in work, and for who looks beside them


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running service consists of; tests and the demo look at it."""

    settings: Settings
    database: Database
    tools: Tools
    reconciler: Reconciler
    gate: Gate
    rings: KeyRings
    requests: RequestLog
    finish: Finish
    reader: Reader
    idps: Idps
    gatekeeper: Gatekeeper


PARTS = web.AppKey("parts", Parts)


def build(settings: Settings, *, clock: Callable[[], int] = epoch_ms) -> web.Application:
    """The application of one process. The database must be at the newest schema."""
    database = open_database(settings.bridge.database_url)
    clerk = settings.bridge.clerk
    api = Api(clerk.api_url, clerk.secret_key, clerk.calls_per_10s, connections=CONNECTIONS)
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    tools = Tools(
        database=database,
        settings=settings,
        rulebook=Rulebook(settings.connections),
        clock=clock,
        clerk=api,
        holder=holder,
    )
    idps = Idps(database, settings, source.guard(settings.bridge), clock)
    reconciler = Reconciler(tools, (*_chores(tools), idps.refresh), alone=database.engine == "sqlite")
    bridge = settings.bridge
    requests = RequestLog(database, settings.connections, keep=bridge.requests_keep, body=bridge.requests_body)
    rings, address = KeyRings(Guard(bridge.outbound_allow), clock), address_of(bridge.trusted_proxies)
    gate = Gate(database, settings.connections, rings, clock)
    reader = Reader(tools, lambda: reconciler.holds_lease, reconciler.wake)
    finish, keeper = Finish(tools, reconciler), Gatekeeper()
    parts = Parts(settings, database, tools, reconciler, gate, rings, requests, finish, reader, idps, keeper)
    app = web.Application(client_max_size=LARGEST_BODY)
    app[PARTS] = parts
    unread.mount(app)
    door = Intake(database, settings.connections, reconciler.wake)
    cursor_key = partial(shared_key, database, "cursors")
    options = cache(partial(_options, settings))
    service = Service(door, settings.bridge.public_url, options, _new_id, clock, cursor_key)
    mount(app, service, partial(scim.guarded, gate, Notes(requests, clock), address))
    signed = Verifier(clerk.webhook_signing_secret) if clerk.webhook_signing_secret else None
    webhooks.mount(app, webhooks.Door(signed, reader.keep, clock))
    oauth.mount(app, TokenEndpoint(database, settings.connections, rings, clock), gate, address)
    if clerk.dashboard_secret is not None:
        why.mount(app, tools, clerk.dashboard_secret)
    metadata.mount(app, settings.connections, idps)
    _sign_in(app, parts, address)
    health.mount(app, lambda: _ready(parts))
    app.cleanup_ctx.append(_run)
    return app


def _sign_in(app: web.Application, parts: Parts, address: Callable[[web.Request], str]) -> None:
    """What browsers ask for: the way in, and the way out."""
    tools, idps, bridge = parts.tools, parts.idps, parts.settings.bridge
    cookie = Cookie(bridge.public_url.startswith("https:"))
    onward = Dashboard(bridge.dashboard_url or bridge.public_url)  # settings let nobody sign in without the former
    arrivals, landing = Arrivals(tools, idps, parts.gatekeeper), Landing(tools, parts.finish)
    starts, leaving = Starts(tools, idps), Logout(tools)
    routes.mount(app, Door(tools, idps, starts, arrivals, landing, leaving, address, cookie, onward))


async def _run(app: web.Application) -> AsyncIterator[None]:
    """Begin with the reconciler; at the end it finishes what it holds, then everything is let go."""
    parts = app[PARTS]
    await parts.reconciler.take_over()
    loop = asyncio.create_task(parts.reconciler.run(), name="reconciler")
    uses = asyncio.create_task(parts.gate.keep_notes(), name="token-uses")
    requests = asyncio.create_task(parts.requests.run(), name="request-log")
    events = asyncio.create_task(parts.reader.run(), name="webhooks")
    sweeps = asyncio.create_task(_sweeper(parts).run(), name="sweeps")
    sessions = asyncio.create_task(Patrol(parts.tools, lambda: parts.reconciler.holds_lease).run(), name="sessions")
    yield
    events.cancel()
    sweeps.cancel()
    sessions.cancel()
    await parts.reconciler.stop()
    uses.cancel()
    parts.requests.stop()
    await asyncio.gather(loop, uses, requests, events, sweeps, sessions, return_exceptions=True)
    await parts.gate.note_uses()
    await parts.gate.note_failures(all=True)
    await parts.rings.close()
    await parts.idps.close()
    parts.gatekeeper.close()
    await parts.tools.clerk.close()
    await parts.database.close()


def _chores(tools: Tools) -> tuple[Callable[[], Any], ...]:
    """What the lease holder does every second beside people."""
    watch = Watch(tools.database, tools.settings, tools.rulebook, tools.clock, tools.instance)
    bridge = tools.settings.bridge
    key = sealing_key(bridge.audit_key, bridge.data)
    reread = Reread(tools.database, tools.settings, tools.clock)
    sealer = Sealer(tools.database, key, bridge.seal_every, tools.clock)
    forgetting = Forgetting(tools.database, tools.clock)
    return watch.tick, reread.tick, sealer.tick, forgetting.tick, partial(gauges.measure, tools)


def _sweeper(parts: Parts) -> Sweeper:
    reconciler = parts.reconciler
    return Sweeper(parts.tools, parts.settings.bridge.clerk.sweep_every, lambda: reconciler.holds_lease)


async def _ready(parts: Parts) -> dict[str, Any]:
    """Ready is who can answer SCIM; what waits behind is told beside it."""
    instance = parts.tools.instance
    due = await parts.database.read(lambda tx: marks.count_due(tx, instance))
    return {"ready": True, "holds_lease": parts.reconciler.holds_lease, "due": due}


def _options(settings: Settings, name: str) -> Options:
    connection = settings.connections.get(name)
    if connection is None:
        return Options()
    chosen = connection.scim
    return Options(
        strict=chosen.strict,
        group_patch=chosen.group_patch,
        users=USERS.extended(chosen.user_schemas),
        groups=(GROUPS if chosen.unique_group_names else TWINS).extended(chosen.group_schemas),
        schemes=tuple(authentication_schemes(connection.callers.auth)),
    )


def _new_id() -> str:
    return str(uuid.uuid4())
