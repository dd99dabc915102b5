"""The public keys of a token issuer, by key id: fetched when one is needed, kept while the issuer is away.

What it costs others is bounded: one fetch at a time, which all who wait share; one a minute for key ids nobody has heard of.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jwt
import orjson
import structlog

from bridge.errors import BridgeError
from bridge.outbound import Forbidden, Guard, Lost, Unreached, fetch

FRESH_MS = 3_600_000  # older ones are used, and fetched anew beside that
KEPT_MS = 24 * FRESH_MS  # for as long a silent issuer's keys are believed
AGAIN_MS = 60_000
RETRY_MS = 10_000  # after a fetch that failed
LARGEST = 512 * 1024
WITHIN = 5.0  # seconds
log = structlog.get_logger()


class KeysUnreached(BridgeError):
    """Nobody can say whether a signature is right, because its key can't be had now."""


class KeyRing:
    """The keys at one URL. `clock` gives epoch milliseconds."""

    def __init__(self, url: str, guard: Guard, clock: Callable[[], int]) -> None:
        self._url = url
        self._guard = guard
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: int | None = None
        self._next = 0
        self._failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key of this id; None: there is none. KeysUnreached: it may well exist, but the issuer is away."""
        found = self._known(kid)
        if found is not None:
            if self._age() > FRESH_MS:
                self._fetch()  # beside the request, which has what it needs
            return found
        task = self._fetch()
        if task is not None:
            await asyncio.shield(task)
        found = self._known(kid)
        if found is None and self._failed:
            hint = "Try again; the log says why the keys could not be fetched."
            raise KeysUnreached("entra_keys_unreached", f"The keys at {self._url} can't be had now.", hint=hint)
        return found

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching

    def _known(self, kid: str) -> jwt.PyJWK | None:
        return self._keys.get(kid) if self._age() <= KEPT_MS else None

    def _age(self) -> int:
        return self._clock() - self._fetched if self._fetched is not None else KEPT_MS + 1

    def _fetch(self) -> "asyncio.Task[None] | None":
        """The fetch under way, or a new one; None while it is too early for one."""
        if self._fetching is None and self._clock() >= self._next:
            self._next = self._clock() + AGAIN_MS
            self._fetching = asyncio.create_task(self._refresh(), name="jwks")
        return self._fetching

    async def _refresh(self) -> None:
        try:
            reply = await fetch(self._url, self._guard, largest=LARGEST, within=WITHIN)
            keys = _keys(reply.body) if reply.status == 200 else {}
            if not keys:
                raise Lost("answer_useless", f"{self._url} answered {reply.status} without a usable key.")
        except (Forbidden, Unreached, Lost) as error:
            self._failed, self._next = True, self._clock() + RETRY_MS
            log.warning(
                "keys of a token issuer could not be fetched", url=self._url, code=error.code, problem=error.sentence
            )
        else:
            self._keys, self._fetched, self._failed = keys, self._clock(), False
        finally:
            self._fetching = None


class KeyRings:
    """One ring per URL: connections of one issuer share it."""

    def __init__(self, guard: Guard, clock: Callable[[], int]) -> None:
        self._guard = guard
        self._clock = clock
        self._rings: dict[str, KeyRing] = {}

    def at(self, url: str) -> KeyRing:
        if url not in self._rings:
            self._rings[url] = KeyRing(url, self._guard, self._clock)
        return self._rings[url]

    async def close(self) -> None:
        for ring in self._rings.values():
            await ring.close()


def _keys(body: bytes) -> dict[str, jwt.PyJWK]:
    """The RSA signature keys of a JWKS (RFC 7517); others are nobody's here."""
    try:
        listed = orjson.loads(body)["keys"]
        entries = [entry for entry in listed if isinstance(entry, dict) and _signs(entry)]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {}
    found = {entry["kid"]: _key(entry) for entry in entries}
    return {kid: key for kid, key in found.items() if key is not None}


def _signs(entry: dict[str, Any]) -> bool:
    return entry.get("kty") == "RSA" and entry.get("use", "sig") == "sig" and isinstance(entry.get("kid"), str)


def _key(entry: dict[str, Any]) -> jwt.PyJWK | None:
    try:
        key = jwt.PyJWK(entry, algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if key.key.key_size >= 2048 and not hasattr(key.key, "private_numbers") else None
