"""One receiver of webhooks: signs as Svix does, sends in order, repeats until a 2xx comes."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import time
from collections import Counter, deque
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import aiohttp

from bridge.sandbox.faults import Faults
from bridge.sandbox.webhooks.messages import Message

_LOG = logging.getLogger(__name__)
_WAITS = (0.2, 0.5, 1.0, 2.0) + (5.0,) * 60  # seconds between attempts: some five minutes, where Svix goes on for a day
_MOST_WAITING = 50_000
_ALONE = 1.0  # seconds after which a message goes that should follow another, where no other comes
_TIMEOUT = aiohttp.ClientTimeout(total=15)


class Endpoint:
    """Where messages of these types go (all without any); begins to send with `run`."""

    def __init__(self, url: str, secret: str, types: Sequence[str], faults: Faults) -> None:
        """ValueError: the secret is none of Svix's."""
        self.url = url
        self._key = signing_key(secret)
        self._types = tuple(types)
        self._faults = faults
        self._waiting: deque[Message] = deque()
        self._arrived = asyncio.Event()
        self._held: Message | None = None
        self._pending = 0  # sent or lost not yet: what waits, is on its way, or is held back by a fault
        self._counts: Counter[str] = Counter()

    def offer(self, message: Message) -> None:
        """Take a message, if it is of a type that is sent here."""
        if self._types and not any(fnmatchcase(message.type, pattern) for pattern in self._types):
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self._end("lost")
        self._pending += 1
        self._add(message)

    def clear(self) -> None:
        """What waits is not sent."""
        self._pending -= len(self._waiting)
        self._waiting.clear()

    def report(self) -> dict[str, Any]:
        """How it stands, for operators; never the secret."""
        counts = {name: self._counts[name] for name in ("delivered", "refused", "dropped", "lost")}
        return {"url": self.url, "types": list(self._types), "waiting": self._pending, **counts}

    async def run(self) -> None:
        """Send for ever; ends where the receiver is gone for good."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while await self._next(session):
                pass
        _LOG.warning("no webhooks go to %s any more: it took none for minutes", self.url)

    async def _next(self, session: aiohttp.ClientSession) -> bool:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        message = self._waiting.popleft()
        upset = self._faults.take_delivery(message.type)
        how = upset.webhook if upset else None
        if how == "drop":
            self._end("dropped")
            return True
        if how == "reorder":
            self._after_the_next(message)
            return True
        if how == "delay":
            asyncio.get_running_loop().call_later(upset.delay if upset else 0, self._add, message)
            return True
        if how == "wrong_signature":
            await self._post(session, message, b"another key")
        sent = await self._sent(session, message)
        if how == "duplicate":
            await self._post(session, message, self._key)
        self._end("delivered" if sent else "lost")
        if self._held is not None:
            self._release()
        return sent

    async def _sent(self, session: aiohttp.ClientSession, message: Message) -> bool:
        for wait in (*_WAITS, None):
            if await self._post(session, message, self._key):
                return True
            self._counts["refused"] += 1
            if wait is not None:
                await asyncio.sleep(wait)
        return False

    async def _post(self, session: aiohttp.ClientSession, message: Message, key: bytes) -> bool:
        try:
            async with session.post(self.url, data=message.body, headers=_headers(message, key)) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _end(self, how: str) -> None:
        self._pending -= 1
        self._counts[how] += 1

    def _add(self, message: Message) -> None:
        self._waiting.append(message)
        self._arrived.set()

    def _after_the_next(self, message: Message) -> None:
        if self._held is not None:
            self._release()
        self._held = message
        asyncio.get_running_loop().call_later(_ALONE, lambda: self._release() if self._held is message else None)

    def _release(self) -> None:
        """What was held back is next."""
        if self._held is not None:
            self._waiting.appendleft(self._held)
            self._held = None
            self._arrived.set()


def signing_key(secret: str) -> bytes:
    """The key in `whsec_…`; ValueError where there is none."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except binascii.Error:
        key = b""
    if not secret.startswith("whsec_") or not key:
        raise ValueError("a secret is whsec_ and base64 behind it")
    return key


def _headers(message: Message, key: bytes) -> dict[str, str]:
    """https://docs.svix.com/receiving/verifying-payloads/how-manual"""
    at = str(int(time.time()))
    digest = hmac.new(key, f"{message.id}.{at}.".encode() + message.body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {
        "Content-Type": "application/json",
        "svix-id": message.id,
        "svix-timestamp": at,
        "svix-signature": signature,
        "User-Agent": "Svix-Webhooks/sandbox",
    }
