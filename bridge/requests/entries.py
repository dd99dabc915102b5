"""The table `scim_request`: what is kept of a request, how it is read again, and what is pruned.

The last `keep` requests of a connection stay; of those that nobody vouched for a tenth, so that a stranger who knows a
connection's name can't push the others out.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from bridge.requests import redaction
from bridge.requests.noted import Noted
from scim.ports import Tx

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `at` in epoch ms, `ms` how long it took, `dropped`: so many before it were answered and not kept."""

    pk: int
    connection: str
    at: int
    method: str
    path: str
    status: int
    scim_type: str | None
    detail: str | None
    healers: tuple[str, ...]
    ms: float
    actor: str | None
    request_id: str
    agent: str | None
    address: str | None
    body: str | None
    size: int
    dropped: int

    def as_dict(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in self.__slots__ if name != "pk"}
        return {**shown, "healers": list(self.healers)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: a range of statuses, a method ("": any), only those that needed a healer."""

    lowest: int = 0
    highest: int = 999
    method: str = ""
    healed: bool = False


ANY = Wanted()
_NAMES = (
    "connection, at, method, path, status, scim_type, detail, healers, micros, actor, request_id, agent, address, body, "
    "size, dropped"
)
_ADD = text(
    f"INSERT INTO scim_request ({_NAMES}) VALUES ({', '.join(f':{name}' for name in _NAMES.split(', '))})"  # noqa: S608
)
_FITS = """connection = :connection AND status BETWEEN :lowest AND :highest AND (:method = '' OR method = :method)
    AND (NOT :healed OR healers <> '')"""
_LAST = text(f"SELECT pk, {_NAMES} FROM scim_request WHERE {_FITS} ORDER BY pk DESC LIMIT :limit")  # noqa: S608
_AFTER = text(f"SELECT pk, {_NAMES} FROM scim_request WHERE {_FITS} AND pk > :after ORDER BY pk")  # noqa: S608
_NEWEST = text("SELECT COALESCE(max(pk), 0) AS pk FROM scim_request WHERE connection = :connection")
_CONNECTIONS = text("SELECT DISTINCT connection FROM scim_request")
_DROP = text("DELETE FROM scim_request WHERE connection = :connection")
_PRUNE = tuple(
    text(
        f"""DELETE FROM scim_request WHERE connection = :connection AND {whose} AND pk <= (SELECT pk FROM scim_request
        WHERE connection = :connection AND {whose} ORDER BY pk DESC LIMIT 1 OFFSET :keep)"""  # noqa: S608
    )
    for whose in ("actor IS NOT NULL", "actor IS NULL")
)


def rows(connection: str, noted: Sequence[Noted], dropped: int, longest_body: int) -> Iterator[Row]:
    """What is stored of these; the first of them tells how many `dropped` out before it."""
    for place, one in enumerate(noted):
        yield _row(connection, one, longest_body) | {"dropped": 0 if place else dropped}


def add(tx: Tx, made: Sequence[Row], keep: int) -> None:
    """Insert, and prune the connections concerned."""
    tx.many(_ADD, made)
    for connection in sorted({row["connection"] for row in made}):
        _prune(tx, connection, keep)


def tidy(tx: Tx, connections: Collection[str], keep: int) -> None:
    """Prune everybody to `keep`, which may be less than it was; of connections that are no more nothing stays."""
    for row in tx.all(_CONNECTIONS):
        if row["connection"] in connections and keep:
            _prune(tx, row["connection"], keep)
        else:
            tx.run(_DROP, connection=row["connection"])


def last(tx: Tx, connection: str, wanted: Wanted = ANY, limit: int = 50) -> list[Entry]:
    """The newest that fit, oldest first."""
    return [_entry(row) for row in tx.all(_LAST, connection=connection, limit=limit, **_values(wanted))][::-1]


def after(tx: Tx, connection: str, pk: int, wanted: Wanted = ANY) -> list[Entry]:
    """Those that fit and were written after `pk`, oldest first."""
    return [_entry(row) for row in tx.all(_AFTER, connection=connection, after=pk, **_values(wanted))]


def newest(tx: Tx, connection: str) -> int:
    """The key of the last one written; 0 before the first."""
    row = tx.one(_NEWEST, connection=connection)
    return int(row["pk"]) if row else 0


def _prune(tx: Tx, connection: str, keep: int) -> None:
    for statement, most in zip(_PRUNE, (keep, max(keep // 10, 1)), strict=True):
        tx.run(statement, connection=connection, keep=most)


def _values(wanted: Wanted) -> dict[str, Any]:
    return {"lowest": wanted.lowest, "highest": wanted.highest, "method": wanted.method, "healed": wanted.healed}


def _row(connection: str, noted: Noted, longest_body: int) -> dict[str, Any]:
    refusal = _refusal(noted.answer)
    detail = refusal.get("detail")
    return {
        "connection": connection,
        "at": noted.at,
        "method": redaction.line(noted.method, 20),
        "path": redaction.target(_below(noted.target), values=longest_body > 0),
        "status": noted.status,
        "scim_type": redaction.line(refusal.get("scimType"), 40),
        "detail": redaction.line(detail, 500) if longest_body else None,  # it may quote the request
        "healers": ", ".join(sorted(noted.healers)),
        "micros": round(noted.seconds * 1_000_000),
        "actor": noted.actor,
        "request_id": noted.request_id,
        "agent": redaction.line(noted.agent, 200),
        "address": redaction.line(_address(noted), 200),
        "body": redaction.body(noted.body, noted.size, longest_body),
        "size": noted.size,
    }


def _below(target: str) -> str:
    """What follows /scim/v2/CONNECTION."""
    parts = target.split("/", 4)
    return f"/{parts[4]}" if len(parts) == 5 else target


def _refusal(answer: bytes) -> dict[str, Any]:
    """The SCIM error in an answer."""
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _address(noted: Noted) -> str | None:
    """Who is connected, and before it whom it says it speaks for: behind a proxy only that tells the client."""
    said = (noted.forwarded or "").rpartition(",")[2].strip()
    return f"{said} via {noted.peer}" if said and noted.peer else noted.peer


def _entry(row: Any) -> Entry:
    healers = tuple(row["healers"].split(", ")) if row["healers"] else ()
    named = {name: row[name] for name in Entry.__slots__ if name not in {"healers", "ms"}}
    return Entry(**named, healers=healers, ms=row["micros"] / 1000)
