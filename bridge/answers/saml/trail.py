"""Who came to the door of a connection and who was sent away, from the audit trail: the exact reason, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from bridge.answers.saml.advice import advice
from bridge.saml.ours import Ours
from scim.ports import Tx

ACCEPTED, REFUSED = "sign_in.accepted", "sign_in.refused"
_FAR = 20_000  # events of a connection that are looked through: sign-ins are rare among what its directory does
_LAST = text(
    """SELECT at, subject, request_id, facts FROM (SELECT pk, at, action, subject, request_id, facts FROM audit
      WHERE connection = :connection ORDER BY pk DESC LIMIT :far) AS newest
    WHERE action = :action ORDER BY pk DESC LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class Came:
    """One who came. `who`: the address, once a signature proved it. `code`, `sentence` None: accepted. `second_factor`: what
    proved one. `facts`: all that the trail has."""

    at: int
    who: str | None
    request_id: str | None
    code: str | None
    sentence: str | None
    second_factor: str | None
    facts: Mapping[str, Any]

    def advice(self, here: Ours) -> str | None:
        """What to do; None: the sentence says all that is known."""
        return advice(self.code, here) if self.code is not None else None


def last(tx: Tx, connection: str, action: str, *, limit: int) -> list[Came]:
    """Those accepted, or refused, newest first."""
    return [_came(row) for row in tx.all(_LAST, connection=connection, action=action, far=_FAR, limit=limit)]


def _came(row: Any) -> Came:
    facts = orjson.loads(row["facts"]) if row["facts"] else {}
    said = (facts.get("code"), facts.get("reason"), facts.get("second_factor"))
    return Came(row["at"], row["subject"], row["request_id"], *said, facts)
