"""Things of an instance that are few: kept as the document that is answered, and searched by looking at each."""

from collections.abc import Mapping
from typing import Any

import orjson

from bridge.sandbox.clerk import queries
from bridge.sandbox.clerk.call import Call
from bridge.sandbox.clerk.errors import Refused
from bridge.sandbox.clerk.store import Store

Document = dict[str, Any]


def insert(store: Store, document: Document) -> bytes:
    """Store a new one; gives what is answered."""
    answer = orjson.dumps(document)
    store.run("INSERT INTO documents (id, kind, doc) VALUES (?, ?, ?)", document["id"], document["object"], answer)
    return answer


def save(store: Store, document: Document) -> bytes:
    """Store a changed one; gives what is answered."""
    answer = orjson.dumps(document)
    store.run("UPDATE documents SET doc = ? WHERE id = ?", answer, document["id"])
    return answer


def fetch(store: Store, kind: str, document_id: str, refused: Refused) -> Document:
    """The one with this id, or the refusal."""
    row = store.one("SELECT doc FROM documents WHERE kind = ? AND id = ?", kind, document_id)
    if row is None:
        raise refused
    document: Document = orjson.loads(row[0])
    return document


def everyone(store: Store, kind: str) -> list[Document]:
    """All of a kind, the newest first."""
    rows = store.all("SELECT doc FROM documents WHERE kind = ? ORDER BY seq DESC", kind)
    return [orjson.loads(row[0]) for row in rows]


def delete(store: Store, document: Mapping[str, Any]) -> bytes:
    """Remove one; gives what is answered."""
    store.run("DELETE FROM documents WHERE id = ?", document["id"])
    return orjson.dumps({"id": document["id"], "object": document["object"], "deleted": True})


def page(call: Call, found: list[Document]) -> bytes:
    """The page that was asked for, as {data, total_count}."""
    limit, offset = queries.page(call.query)
    return orjson.dumps({"data": found[offset : offset + limit], "total_count": len(found)})
