"""Attempts to sign in, and out: begun at a browser, good for one answer, ten minutes and that browser only.

What a browser proves is the secret in its cookie; here is its hash. Where the dashboard should open afterwards is kept here,
so nothing that a message carries decides it.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import text

from scim.ports import Tx, Write

LASTS_MS = 600_000
REMEMBERED_MS = 3_600_000  # after that
Kind = Literal["login", "test", "logout"]
SECOND_FACTOR, PROVED = 1, 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """`id`: the request's, or ours where the IdP began. `browser`: a hash. `target`: a path of the dashboard.

    `step`: SECOND_FACTOR once the IdP was asked for one, PROVED once it came. `fresh`: people were to be asked anew
    (ForceAuthn). `signed_in`: the row of the sign-in that came of it. Times in epoch ms.
    """

    id: str
    connection: str
    kind: Kind
    browser: str
    target: str | None
    workspace: int | None
    step: int
    fresh: bool
    created: int
    expires: int
    arrived: int | None = None
    signed_in: int | None = None


_COLUMNS = "id, connection, kind, browser, target, workspace, step, fresh, created, expires, arrived, signed_in"
_NAMES = tuple(_COLUMNS.split(", "))
_PUT = text(
    f"""INSERT INTO attempt ({_COLUMNS}) VALUES (:id, :connection, :kind, :browser, :target, :workspace, :step, :fresh,
      :created, :expires, :arrived, :signed_in)"""  # noqa: S608
)
_FIND = text(f"SELECT {_COLUMNS} FROM attempt WHERE id = :id AND connection = :connection")  # noqa: S608
_OPEN = """id = :id AND connection = :connection AND browser = :browser AND arrived IS NULL AND expires > :now
  AND kind <> 'logout'"""
_EXPECTED = text(f"SELECT {_COLUMNS} FROM attempt WHERE {_OPEN}")  # noqa: S608
_ARRIVED = text(f"UPDATE attempt SET arrived = :now, signed_in = :signed_in, step = :step WHERE {_OPEN}")  # noqa: S608
_UNFINISHED = text(
    f"""SELECT {_COLUMNS} FROM attempt
    WHERE id = :id AND connection = :connection AND browser = :browser AND signed_in IS NOT NULL AND expires > :now"""  # noqa: S608
)
_FINISHED = text("DELETE FROM attempt WHERE id = :id")
_LEFT = text(
    f"""DELETE FROM attempt
    WHERE id = :id AND connection = :connection AND browser = :browser AND kind = 'logout' AND expires > :now
    RETURNING {_COLUMNS}"""  # noqa: S608
)
_FORGET = text("DELETE FROM attempt WHERE expires < :before")


def digest(secret: str) -> str:
    """What is kept of a browser's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(tx: Tx, attempt: Attempt) -> None:
    """One more."""
    statement, values = beginning(attempt)
    tx.run(statement, **values)


def beginning(attempt: Attempt) -> Write:
    """The same, to be written with others."""
    return _PUT, {name: getattr(attempt, name) for name in _NAMES}


def find(tx: Tx, connection: str, id: str) -> Attempt | None:
    """One of a connection's, whoever's it is: only to say why it does not count."""
    row = tx.one(_FIND, id=id, connection=connection)
    return _attempt(row) if row else None


def expected(tx: Tx, connection: str, id: str, browser: str, *, now: int) -> Attempt | None:
    """The one that an assertion may still answer which came to this browser. None: there is none."""
    row = tx.one(_EXPECTED, id=id, connection=connection, browser=browser, now=now)
    return _attempt(row) if row else None


def entered(attempt: Attempt, signed_in: int, *, proved: bool) -> Attempt:
    """Somebody is accepted by it, with a second factor if that was `proved`; what is left is the ticket."""
    return replace(attempt, signed_in=signed_in, step=PROVED if proved else attempt.step)


def arrival(attempt: Attempt, *, now: int) -> Write:
    """The answer came, and the attempt is what became of it: it has its turn, once. No row touched: it had it before."""
    kept = {name: getattr(attempt, name) for name in ("id", "connection", "browser", "signed_in", "step")}
    return _ARRIVED, {**kept, "now": now}


def unfinished(tx: Tx, connection: str, id: str, browser: str, *, now: int) -> Attempt | None:
    """Accepted, and still without a ticket: this browser may try again."""
    row = tx.one(_UNFINISHED, id=id, connection=connection, browser=browser, now=now)
    return _attempt(row) if row else None


def finishing(id: str) -> Write:
    """The ticket is on its way. No row touched: another one is, asked for in a second tab, and one sign-in gets one."""
    return _FINISHED, {"id": id}


def left(tx: Tx, connection: str, id: str, browser: str, *, now: int) -> Attempt | None:
    """The IdP's answer to a LogoutRequest came to the browser that began it. None: nobody asked here."""
    row = tx.one(_LEFT, id=id, connection=connection, browser=browser, now=now)
    return _attempt(row) if row else None


def forget(tx: Tx, *, now: int) -> None:
    """Those that came to nothing a while ago: whoever is late is still told that they are."""
    tx.run(_FORGET, before=now - REMEMBERED_MS)


def _attempt(row: Any) -> Attempt:
    values = {name: row[name] for name in _NAMES}
    return Attempt(**values | {"fresh": bool(row["fresh"])})
