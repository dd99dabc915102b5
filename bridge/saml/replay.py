"""Each assertion has one turn, at one of all processes: a unique row decides, in the transaction that lets somebody in."""

import hashlib

from sqlalchemy import text

from scim.ports import Tx, Write

_SEEN = text("INSERT INTO assertion_seen (digest, until) VALUES (:digest, :until) ON CONFLICT (digest) DO NOTHING")
_FORGET = text("DELETE FROM assertion_seen WHERE until < :now")


def first_time(tx: Tx, idp: str, id: str, *, until: int) -> bool:
    """False: one of this id came from this IdP before. `until`: when it is refused for its age alone, epoch ms."""
    statement, values = turn(idp, id, until=until)
    return tx.run(statement, **values) == 1


def turn(idp: str, id: str, *, until: int) -> Write:
    """The same, to be written with others: no row touched, no first time."""
    return _SEEN, {"digest": hashlib.sha256(b"\0".join((idp.encode(), id.encode()))).digest(), "until": until}


def forget(tx: Tx, *, now: int) -> int:
    """Let go of those that are too old to be accepted anyway; how many."""
    return tx.run(_FORGET, now=now)
