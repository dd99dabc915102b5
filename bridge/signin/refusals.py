"""Why somebody was not let in: the exact reason for the trail, and few words for the person.

Anybody may post anything at an address that every browser knows, so what is refused before a signature proved the sender is
counted, and written down one by one only as long as it is not a flood.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bridge import metrics
from bridge.audit.events import Event
from bridge.errors import BridgeError

EACH_MINUTE = 30  # refusals of one connection that are written down one by one
_MINUTE_MS = 60_000


class NotLetIn(BridgeError):
    """Whoever it is was proved, and is not let in; or nothing ties the message to this browser. `about`: for the trail;
    `target`: the path of the dashboard that they wanted, for when they begin anew."""

    page = "docs/saml.md"
    target: str | None = None

    def __init__(self, code: str, sentence: str, *, hint: str | None = None, about: Mapping[str, Any] | None = None) -> None:
        super().__init__(code, sentence, hint=hint)
        self.about = dict(about or {})


class Refusals:
    """What this process refused in the present minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._written: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()

    def event(
        self,
        connection: str,
        error: BridgeError,
        request_id: str,
        address: str,
        *,
        now: int,
        action: str = "sign_in.refused",
    ) -> Event | None:
        """What is to be written; None: there were too many of this connection this minute. The first event after a flood
        says how many were not written."""
        metrics.sign_ins_refused.labels(connection, error.code).inc()
        if now // _MINUTE_MS != self._minute:
            self._minute = now // _MINUTE_MS
            self._written.clear()
        self._written[connection] += 1
        if self._written[connection] > EACH_MINUTE:
            self._passed[connection] += 1
            return None
        about = dict(getattr(error, "about", {}))
        person, subject = about.pop("person", None), about.pop("subject", None)
        facts = {"code": error.code, "reason": error.sentence, "address": address, **about}
        unwritten = self._passed.pop(connection, 0)
        if unwritten:
            facts["unwritten"] = unwritten
        return Event(connection, now, "system", action, person=person, subject=subject, request_id=request_id, facts=facts)
