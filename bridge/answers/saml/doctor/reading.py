"""Reads a `Look`: two answers over HTTP, a handful of statements. Changes nothing anywhere."""

import asyncio
from collections.abc import Awaitable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import text

from bridge.answers.saml import trail
from bridge.answers.saml.doctor.look import Asked, Heard, Look, People
from bridge.errors import BridgeError
from bridge.outbound import Peer, Reply, fetch
from bridge.people.asserted import Asserted
from bridge.rulebook import versions
from bridge.saml import publish, source
from bridge.saml.idps import Idps
from bridge.saml.metadata import LARGEST
from bridge.saml.ours import Ours
from bridge.settings import Settings
from bridge.store.database import Database
from scim.ports import Tx

_WITHIN = 8.0  # seconds for an answer
_PEOPLE = text(
    """SELECT count(*) AS active, count(subject) AS pushed, count(asserted.account) AS named
    FROM account LEFT JOIN asserted ON asserted.account = account.pk
    WHERE connection = :connection AND state = 'active'"""
)
_HEARD = text(
    """SELECT s.at, s.attributes, s.groups_at, a.external_id FROM asserted s JOIN account a ON a.pk = s.account
    WHERE a.connection = :connection AND a.state = 'active' ORDER BY s.at DESC LIMIT 200"""
)
_LASTED = text(
    """SELECT until - began AS lasted FROM signed_in WHERE connection = :connection AND until IS NOT NULL
    ORDER BY began DESC LIMIT 50"""
)
_LISTED = 20


async def look(database: Database, settings: Settings, idps: Idps, name: str, *, now: int) -> Look:
    """Of a connection that has `sign_in.saml`."""
    connection, here = settings.connections[name], idps.ours(name)
    saml = connection.sign_in.saml
    assert saml is not None, "whoever asks has looked"
    standing = next(one for one in await idps.standing() if one.connection == name)
    idp, front = await asyncio.gather(_idp(settings, saml.metadata), _front(here))
    serves, people, heard, lasted, sign_ins, refusals = await database.read(lambda tx: _rows(tx, name))
    return Look(
        at=now,
        settings=settings,
        connection=connection,
        saml=saml,
        here=here,
        document=publish.metadata(here, saml),
        standing=standing,
        idp=idp,
        front=front,
        serves=serves,
        people=people,
        heard=heard,
        lasted=lasted,
        sign_ins=sign_ins,
        refusals=refusals,
    )


Rows = tuple[int | None, People, tuple[Heard, ...], tuple[int, ...], tuple[trail.Came, ...], tuple[trail.Came, ...]]


def _rows(tx: Tx, name: str) -> Rows:
    found = tx.one(_PEOPLE, connection=name)
    assert found is not None, "a count is always there"
    serves = versions.in_service(tx, name)
    return (
        serves[0] if serves else None,
        People(found["active"], found["pushed"], found["named"]),
        tuple(_heard(row) for row in tx.all(_HEARD, connection=name)),
        tuple(row["lasted"] for row in tx.all(_LASTED, connection=name)),
        tuple(trail.last(tx, name, trail.ACCEPTED, limit=_LISTED)),
        tuple(trail.last(tx, name, trail.REFUSED, limit=_LISTED)),
    )


def _heard(row: Any) -> Heard:
    sent = {name: tuple(values) for name, values in orjson.loads(row["attributes"]).items()}
    return Heard(Asserted(row["at"], sent, row["groups_at"]), row["external_id"])


async def _idp(settings: Settings, where: str) -> Asked | None:
    if source.is_file(where):
        return None
    return await _asked(fetch(where, source.guard(settings.bridge), largest=LARGEST, within=_WITHIN))


async def _front(here: Ours) -> Asked:
    """As an IdP would ask for it: at the public address, through whatever stands before us."""
    parts = urlsplit(f"{here.entity_id}/metadata")
    async with Peer(f"{parts.scheme}://{parts.netloc}", timeout=_WITHIN, connections=1, largest=LARGEST) as peer:
        return await _asked(peer.call("GET", parts.path))


async def _asked(call: Awaitable[Reply]) -> Asked:
    try:
        reply = await call
    except BridgeError as error:
        return Asked(problem=error.sentence)
    problem = None if reply.status == 200 else f"it answers {reply.status}."
    return Asked(_date(reply), reply.body, problem)


def _date(reply: Reply) -> int | None:
    try:
        return int(parsedate_to_datetime(reply.headers["date"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return None
