"""Clerk says no to a chosen call, with any code of its catalogue: for what the sandbox never comes to by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson

from bridge.outbound import Reply
from tests.support.house import House


@dataclass
class Refusal:
    """`times` None: always. `when`: may look at the body of the call."""

    match: str
    status: int
    code: str
    times: int | None
    when: Callable[[Any], bool]
    sentence: str

    def takes(self, name: str, content: bytes | None) -> bool:
        return self.times != 0 and fnmatchcase(name, self.match) and self.when(orjson.loads(content or b"{}"))


class Refusing:
    """Stands between a house and its Clerk; `calls` are those that it saw, refused or not."""

    def __init__(self, house: House) -> None:
        self._peer = house.parts.tools.clerk._peer
        self._call = self._peer.call
        self._refusals: list[Refusal] = []
        self.calls: list[str] = []
        self._peer.call = self._answer  # type: ignore[method-assign]

    def refuse(
        self,
        match: str,
        status: int,
        code: str,
        *,
        times: int | None = None,
        when: Callable[[Any], bool] = lambda _: True,
    ) -> Refusal:
        """`match` is ``METHOD /v1/path`` with ``*``."""
        made = Refusal(match, status, code, times, when, f"Clerk's sentence of {code}.")
        self._refusals.append(made)
        return made

    def relent(self) -> None:
        """Clerk takes everything again."""
        self._refusals.clear()

    async def _answer(self, method: str, path: str, **keys: Any) -> Reply:
        name = f"{method} {path}"
        self.calls.append(name)
        for one in self._refusals:
            if one.takes(name, keys.get("content")):
                one.times = None if one.times is None else one.times - 1
                item = {"message": one.code, "long_message": one.sentence, "code": one.code}
                return Reply(one.status, {}, orjson.dumps({"errors": [item], "clerk_trace_id": "trace0123"}))
        return await self._call(method, path, **keys)
