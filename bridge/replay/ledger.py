"""What a play made at somebody else's endpoint: it may change that and nothing else, and takes all of it away again.

Every name of ours holds the run's mark, so what was made is known although an answer was lost, empty or wrong: it is looked
up by its name, and an id counts as ours only if what stands behind it has such a name.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import orjson

from bridge.outbound import Lost, Peer, Unreached
from bridge.replay.checks import Answer, read

_COLLECTION = re.compile(r"/(Users|Groups)/?")
_RESOURCE = re.compile(r"/(Users|Groups)/([^/?]+)")
_NAME = {"Users": "userName", "Groups": "displayName"}
_HARMLESS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Request:
    """A step as it is sent."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    content: bytes | None

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.method} {self.path}{'?' if query else ''}{query}"


@dataclass(slots=True)
class Ledger:
    """`mark` is a text that nobody else's names hold. `made`: paths of resources, in the order in which they were made.

    `_intended` counts the creates of a name of which nobody knows yet what came of them.
    """

    mark: str
    made: dict[str, None] = field(default_factory=dict)
    _intended: Counter[tuple[str, str]] = field(default_factory=Counter)
    _doubtful: dict[str, None] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)

    def refuses(self, request: Request) -> str | None:
        """Why a request is not to be sent: it would change what this run did not make. Notes what is to be made."""
        if request.method in _HARMLESS or request.path.endswith("/.search"):
            return None
        document = _document(request.content)
        for method, path, body in _writes(request.method, request.path, document):
            collection = _COLLECTION.fullmatch(path)
            if method == "POST" and collection:
                refusal = self._intend(collection[1], body)
            else:
                refusal = f"not sent: {method} {path} means everybody" if collection else self._foreign(path)
            if refusal:
                return refusal
        return None

    async def note(self, request: Request, answer: Answer, peer: Peer) -> None:
        """Learn from an answer what exists now."""
        done, gone = 200 <= answer.status < 300, _RESOURCE.match(request.path)
        if request.method == "DELETE" and gone and (done or answer.status == 404):
            self._deleted(_place(gone[1], gone[2]))
        elif request.method == "POST" and done:
            for kind, found in _created(request.path, answer.document):
                await self._add(kind, found, request.headers, peer)
        elif request.method == "POST" and 400 <= answer.status < 500 and (refused := _COLLECTION.fullmatch(request.path)):
            self._intended[refused[1], _name(refused[1], _document(request.content))] -= 1

    async def clean(self, headers: Mapping[str, str], peer: Peer) -> list[str]:
        """Delete everything that was made, newest first; sentences about what could not be."""
        left: list[str | None] = [f"{path} came of a create without a name of ours: look at it" for path in self._doubtful]
        left += [await self._delete(path, headers, peer) for path in reversed(tuple(self.made))]
        for kind, name in +self._intended:
            left += await self._delete_named(kind, name, headers, peer)
        return [sentence for sentence in left if sentence is not None]

    def _intend(self, kind: str, body: Any) -> str | None:
        name = _name(kind, body)
        if name and not self._is_ours(name):
            return f"not sent: it would make {name[:80]!r}, whose name this run could not tell from others"
        if name:
            self._intended[kind, name] += 1
        return None

    def _foreign(self, path: str) -> str | None:
        """An id that was never given, because it holds our mark, is nobody's."""
        found = _RESOURCE.match(path)
        if found is None or self._is_ours(found[2]) or found[2].startswith("bulkId:"):
            return None
        place = _place(found[1], found[2])
        return None if place in self.made or place in self._gone else f"not sent: {place} was not made by this run"

    def _deleted(self, path: str) -> None:
        if path in self.made:
            del self.made[path]
            self._gone.add(path)

    async def _add(self, kind: str, found: Mapping[str, Any], headers: Mapping[str, str], peer: Peer) -> None:
        id = found.get("id")
        if not isinstance(id, str | int) or isinstance(id, bool) or id == "":
            return
        path = _place(kind, str(id))
        name = _name(kind, found) or _name(kind, await _get(path, headers, peer))
        if self._is_ours(name):
            self.made[path] = None
            self._forget(kind, name)
        else:
            self._doubtful[path] = None

    def _forget(self, kind: str, name: str) -> None:
        """It is known by its path now."""
        for intended in tuple(self._intended):
            if intended[0] == kind and intended[1].casefold() == name.casefold():
                del self._intended[intended]

    async def _delete(self, path: str, headers: Mapping[str, str], peer: Peer) -> str | None:
        try:
            reply = await peer.call("DELETE", path, headers=headers)
        except (Lost, Unreached) as error:
            return f"{path} could not be deleted: {error.sentence}"
        if 200 <= reply.status < 300 or reply.status == 404:
            self._deleted(path)
            return None
        return f"{path} could not be deleted: the answer was {reply.status}"

    async def _delete_named(self, kind: str, name: str, headers: Mapping[str, str], peer: Peer) -> list[str | None]:
        """Whatever came of a create that told no id."""
        query = (("filter", f'{_NAME[kind]} eq "{name}"'),)
        try:
            found = await _get(f"/{kind}", headers, peer, query)
        except (Lost, Unreached) as error:
            return [f"{name} may have been left behind: {error.sentence}"]
        resources = [one for one in found.get("Resources") or () if isinstance(one, dict)]
        ours = [_place(kind, str(one["id"])) for one in resources if self._is_ours(_name(kind, one)) and one.get("id")]
        return [await self._delete(path, headers, peer) for path in ours if path not in self.made]

    def _is_ours(self, text: str) -> bool:
        return self.mark in text.casefold()


def _place(kind: str, id: str) -> str:
    """The path of a resource, whether or not its id is escaped already: a server may give any text for an id."""
    return f"/{kind}/{quote(unquote(id), safe='')}"


def _name(kind: str, resource: Any) -> str:
    """What a resource is called; nothing for what is none."""
    name = resource.get(_NAME[kind]) if isinstance(resource, dict) else None
    return str(name) if name is not None else ""


def _writes(method: str, path: str, document: Any) -> list[tuple[str, str, Any]]:
    """The writes in a request: itself, or the operations of a Bulk (RFC 7644 §3.7)."""
    if not path.startswith("/Bulk"):
        return [(method, path, document)]
    operations = document.get("Operations") if isinstance(document, dict) else None
    found = [one for one in operations or () if isinstance(one, dict)]
    return [(str(one.get("method", "")).upper(), str(one.get("path", "")), one.get("data")) for one in found]


def _created(path: str, document: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """(kind, resource) of what an answer says was made; of a Bulk only the ids are told, in locations."""
    collection = _COLLECTION.fullmatch(path)
    if collection is not None:
        return [(collection[1], document)] if isinstance(document, dict) else []
    operations = document.get("Operations") if path.startswith("/Bulk") and isinstance(document, dict) else None
    made: list[tuple[str, Mapping[str, Any]]] = []
    for one in operations or ():
        place = re.search(r"/(Users|Groups)/([^/?]+)$", str(one.get("location"))) if isinstance(one, dict) else None
        if place is not None and str(one.get("method", "")).upper() == "POST":
            made.append((place[1], {"id": place[2]}))
    return made


async def _get(path: str, headers: Mapping[str, str], peer: Peer, query: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The object that a read answers; an empty one for anything else."""
    reply = await peer.call("GET", path, query=query, headers=headers)
    document = read(reply.status, reply.headers, reply.body, 0.0).document
    return document if reply.status == 200 and isinstance(document, dict) else {}


def _document(content: bytes | None) -> Any:
    try:
        return orjson.loads(content or b"null")
    except orjson.JSONDecodeError:
        return None
