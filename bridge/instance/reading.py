"""Reads a `Look`. Changes nothing anywhere; a dozen calls and one more for each 500 of whatever there is."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from bridge.clerk import enterprise, entrances, instance
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, Outage
from bridge.clerk.instance import Greeting
from bridge.instance import issuer, minted, ours, present
from bridge.instance.look import Look, Ours, Unread
from bridge.instance.wanted import Wanted
from bridge.outbound import Lost, Unreached
from bridge.settings import Settings
from bridge.settings.values import Clerk
from bridge.store.database import Database

T = TypeVar("T")


async def look(
    api: Api, database: Database, settings: Settings, wanted: Wanted, *, now: int, session: str | None = None
) -> Look:
    """Where Clerk doesn't take the key, nothing else is asked of it. `session`: one whose tokens may be minted."""
    clerk, lane = settings.bridge.clerk, Lane.NORMAL
    greeting = await _greeting(clerk)
    means = await _asked(greeting, partial(entrances.means, api, lane=lane))
    mine = await _ours(database, settings, [] if isinstance(means, Unread) else [one.user for one in means])
    organizations = [one.organization for one in mine.governed if one.organization is not None]
    told = await _asked(greeting, partial(instance.frontend_api, api, lane=lane))
    address = issuer.expected(clerk, None if isinstance(told, Unread) else told)
    return Look(
        at=now,
        settings=settings,
        wanted=wanted,
        greeting=greeting,
        ours=mine,
        present=await _asked(greeting, partial(present.read, api, organizations)),
        connections=await _asked(greeting, partial(enterprise.connections, api, lane=lane)),
        directories=await _asked(greeting, partial(enterprise.directories, api, lane=lane)),
        domains=await _asked(greeting, partial(entrances.domains, api, lane=lane)),
        invitations=await _asked(greeting, partial(entrances.invitations, api, lane=lane)),
        means=means,
        key_ids=await _asked(greeting, partial(instance.key_ids, api, lane=lane)),
        told=told,
        issuer=address,
        published=await issuer.published(address) if address is not None else None,
        minted=await _asked(greeting, partial(minted.read, api, session)) if session is not None else None,
    )


async def _greeting(clerk: Clerk) -> Greeting:
    try:
        return await instance.greet(clerk.api_url, clerk.secret_key)
    except (Unreached, Lost) as error:
        return Greeting(None, None, None, Outage("clerk_unreached", error.sentence))


async def _asked(greeting: Greeting, read: Callable[[], Awaitable[T]]) -> T | Unread:
    """What Clerk refuses to one question is no reason not to ask the next."""
    if greeting.refused is not None:
        return Unread(greeting.refused.code, greeting.refused.sentence)
    try:
        return await read()
    except ClerkError as error:
        return Unread(error.code, error.sentence)


async def _ours(database: Database, settings: Settings, users: list[str]) -> Ours:
    return await database.read(lambda tx: ours.read(tx, settings, "main", users))
