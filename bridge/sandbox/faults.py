"""Outages on order: refuse, cut or delay the next calls, before they have an effect or after; lose or mix up webhooks.

For tests, and for operators who want to rehearse a bad day.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, Literal

from aiohttp import web

from bridge.sandbox.answers import cut, refused_answer
from bridge.sandbox.clerk import errors

_STATUSES = {409: errors.BUSY, 500: errors.UNEXPECTED, 503: errors.UNAVAILABLE, 504: errors.TIMEOUT}
_UPSETS = ("drop", "duplicate", "reorder", "delay", "wrong_signature")

Status = Literal["cut"] | int | None


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls whose `METHOD /path` matches; `*` in `match` stands for anything.

    `seconds` instead of `times`: to all of them for so long from now, a storm. `status` is a number of 409, 429, 500, 502,
    503, 504, or "cut" for a connection that ends without an answer, or None for a call that is only late by `delay`
    seconds. `when` is "before" the effect or "after" it. `webhook` makes it a fault of deliveries, whose event types match:
    drop, duplicate, reorder (behind the next one), delay (by `delay` seconds, others overtake it) or wrong_signature.
    """

    match: str
    status: Status = None
    when: str = "before"
    times: int = 1
    seconds: float | None = None
    retry_after: int | None = None
    delay: float = 0.0
    webhook: str | None = None
    until: float | None = field(default=None, init=False)  # by the monotonic clock

    @property
    def over(self) -> bool:
        """It has happened, or its time is up."""
        return self.times <= 0 if self.until is None else time.monotonic() >= self.until

    async def play(self, request: web.Request, call: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """The call's answer, or what the fault makes of it."""
        if self.delay:
            with suppress(web.HTTPRequestEntityTooLarge):  # that is for the call itself to say
                await request.read()  # it has arrived, so it takes effect even if nobody waits for the answer any more
            await asyncio.sleep(self.delay)
        if self.status is None:
            return await call()
        if self.when == "after":
            await call()
        return cut(request) if self.status == "cut" else self._refusal(self.status)

    def _refusal(self, status: int) -> web.StreamResponse:
        if status == 502:  # from the network in front of Clerk: not JSON
            return web.Response(text="<html><h1>502 Bad Gateway</h1></html>", status=502, content_type="text/html")
        refused = errors.too_many_requests(1) if status == 429 else _STATUSES[status]()
        if self.retry_after is not None:
            refused.headers["Retry-After"] = str(self.retry_after)
        return refused_answer(refused)


class Faults:
    """The faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []

    def add(self, given: Any) -> None:
        """Take a fault or a list of them, as JSON values; ValueError says what is wrong with one."""
        self._pending += [_fault(item) for item in (given if isinstance(given, list) else [given])]

    def take(self, *names: str) -> Fault | None:
        """The fault for a call known by any of these names, used up by one."""
        return self._take(names, deliveries=False) if self._pending else None

    def take_delivery(self, type: str) -> Fault | None:
        """The fault for a webhook of this type, used up by one."""
        return self._take((type,), deliveries=True) if self._pending else None

    def _take(self, names: tuple[str, ...], *, deliveries: bool) -> Fault | None:
        self._pending = [fault for fault in self._pending if not fault.over]
        for fault in self._pending:
            if (fault.webhook is not None) == deliveries and any(fnmatchcase(name, fault.match) for name in names):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """No more faults."""
        self._pending.clear()

    def report(self) -> list[dict[str, Any]]:
        """What is still to come."""
        return [_shown(fault) for fault in self._pending if not fault.over]


_FIELDS = {known.name for known in fields(Fault) if known.init}


def _shown(fault: Fault) -> dict[str, Any]:
    shown = asdict(fault)
    until = shown.pop("until")
    return shown if until is None else shown | {"seconds": round(until - time.monotonic(), 1)}


def _fault(item: Any) -> Fault:
    if not isinstance(item, dict) or not isinstance(item.get("match"), str) or not item.keys() <= _FIELDS:
        raise ValueError(f"a fault is an object with match and any of {', '.join(sorted(_FIELDS))}: {item}")
    fault = Fault(**item)
    if fault.webhook not in (None, *_UPSETS):
        raise ValueError(f"webhook is one of {', '.join(_UPSETS)}: {fault.webhook}")
    if fault.webhook is not None and item.keys() & {"status", "when", "retry_after"}:
        raise ValueError("a fault of webhooks has match, webhook, times or seconds, and delay")
    if fault.status not in (None, "cut", 429, 502, *_STATUSES):
        raise ValueError(f'status is one of 409, 429, 500, 502, 503, 504 or "cut": {fault.status}')
    if fault.when not in ("before", "after"):
        raise ValueError(f"when is before or after: {fault.when}")
    if not (_is_number(fault.times, int) and fault.times >= 1):
        raise ValueError(f"times is a whole number from 1: {fault.times}")
    if fault.seconds is not None:
        if not (_is_number(fault.seconds, int | float) and fault.seconds > 0) or "times" in item:
            raise ValueError(f"seconds is a number above 0, and stands instead of times: {fault.seconds}")
        fault.until = time.monotonic() + fault.seconds
    if fault.retry_after is not None and not (_is_number(fault.retry_after, int) and fault.retry_after >= 0):
        raise ValueError(f"retry_after is a whole number of seconds: {fault.retry_after}")
    if not (_is_number(fault.delay, int | float) and fault.delay >= 0):
        raise ValueError(f"delay is a number of seconds: {fault.delay}")
    return fault


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
