"""A connector as patient as an IdP's: it writes until it is acknowledged, and keeps what was.

A create whose answer was lost is looked up before it is tried again, as Okta and Entra do; everything else is repeated as
it was. What must never come, a 5xx among it, is noted.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from bench.wire import Answer, NobodyListens, Unanswered, Wire

AGAIN = 0.02  # seconds between tries while nobody listens


@dataclass
class Connector:
    """`retried`: requests whose answer was lost; `found`: creates among them that had taken effect all the same."""

    wire: Wire
    connection: str
    problems: list[str] = field(default_factory=list)
    retried: int = 0
    found: int = 0

    async def create(self, kind: str, body: dict[str, Any], attribute: str) -> str:
        """The id of a resource that is there exactly once in the end; `attribute` names it for a look-up."""
        lost = False
        while True:
            if lost and (id := await self._look_up(kind, attribute, body[attribute])) is not None:
                self.found += 1
                return id
            answer = await self._once("POST", f"/{kind}", body)
            if answer is not None and answer.status == 201:
                return str(answer.json()["id"])
            if answer is not None and not lost:
                self._odd("POST", f"/{kind}", answer)
            lost = True

    async def change(self, method: str, path: str, body: Any = None) -> Answer:
        """The answer of a PATCH, PUT or DELETE; a DELETE that is repeated may find nothing any more."""
        lost = False
        while True:
            answer = await self._once(method, path, body)
            if answer is not None and (answer.status in {200, 204} or (lost and answer.status == 404)):
                return answer
            if answer is not None:
                self._odd(method, path, answer)
            lost = True

    async def read(self, path: str) -> Any:
        """The JSON of a resource or list; None if it isn't there."""
        while True:
            answer = await self._once("GET", path, None)
            if answer is not None and answer.status in {200, 404}:
                return answer.json() if answer.status == 200 else None
            if answer is not None:
                self._odd("GET", path, answer)

    async def _look_up(self, kind: str, attribute: str, value: str) -> str | None:
        listed = await self.read(f"/{kind}?filter={quote(f'{attribute} eq {orjson.dumps(value).decode()}')}")
        found = listed["Resources"] if listed["totalResults"] else []
        if len(found) > 1:
            self.problems.append(f"{len(found)} {kind} have the {attribute} {value}")
        return str(found[0]["id"]) if found else None

    async def _once(self, method: str, path: str, body: Any) -> Answer | None:
        """The answer; None if it was lost. While nobody listens, nothing can be."""
        while True:
            try:
                return await self.wire.call(method, f"/scim/v2/{self.connection}{path}", body)
            except NobodyListens:
                await asyncio.sleep(AGAIN)
            except Unanswered:
                self.retried += 1
                return None

    def _odd(self, method: str, path: str, answer: Answer) -> None:
        said = f"{method} {path}: {answer.status} {answer.body[:300].decode(errors='replace')}"
        if len(self.problems) > 100:
            raise RuntimeError(said)
        self.problems.append(said)
