"""A directory in memory that takes exactly the requests of the onboarding: what it can't read, it refuses.

It is written from the IdPs' documentation, apart from the service, so that the onboarding is checked by a second reader.
"""

import json
import re
from typing import Any

from aiohttp import web

_FILTER = re.compile(r'(userName|displayName) eq "([^"]+)"')
_MEMBER = re.compile(r'members\[value eq "([^"]+)"\]')


class LittleDirectory:
    """`users` and `groups` by id; group members are a set of user ids. `requests` are (method, path, headers, body)."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []

    def groups_of(self, user_id: str) -> list[dict[str, Any]]:
        return [group for group in self.groups.values() if user_id in group["members"]]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body: Any = json.loads(text) if text else None
        self.requests.append((request.method, request.path, dict(request.headers), body))
        _, _, kind, *rest = request.path.split("/")
        rows = {"Users": self.users, "Groups": self.groups}[kind]
        if request.method == "GET" and not rest:
            return self._found(rows, _FILTER.fullmatch(request.query["filter"]))
        if request.method == "POST":
            return self._created(rows, kind, body)
        row = rows[rest[0]]
        if request.method == "PATCH":
            for operation in body["Operations"]:
                self._apply(row, operation)
        return web.json_response(self._shown(row), content_type="application/scim+json")

    def _found(self, rows: dict[str, dict[str, Any]], wanted: re.Match[str] | None) -> web.StreamResponse:
        assert wanted is not None
        found = [{"id": row["id"]} for row in rows.values() if row[wanted[1]] == wanted[2]]
        return web.json_response({"totalResults": len(found), "Resources": found})

    def _created(self, rows: dict[str, dict[str, Any]], kind: str, body: dict[str, Any]) -> web.StreamResponse:
        row = {**body, "id": f"{kind}-{len(rows)}"}
        row.pop("password", None)
        row["members"] = set()
        rows[row["id"]] = row
        return web.json_response(self._shown(row), status=201)

    def _apply(self, row: dict[str, Any], operation: dict[str, Any]) -> None:
        op: str = operation["op"].lower()
        path: Any = operation.get("path")
        value: Any = operation.get("value")
        if op == "add" and path == "members":
            new = {member["value"] for member in value}
            assert new <= set(self.users), "a member nobody knows"
            row["members"] |= new
        elif op == "remove" and (member := _MEMBER.fullmatch(path)):
            row["members"].discard(member[1])
        elif op == "replace" and path == "active":
            row["active"] = {"True": True, "False": False}[value]
        elif op == "replace" and path is None:
            assert value.get("id", row["id"]) == row["id"]
            row.update(value)
        else:
            raise AssertionError(f"no IdP sends {operation}")

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {key: value for key, value in row.items() if key != "members"}
        return {**shown, "groups": [{"value": group["id"]} for group in self.groups_of(row["id"])]}
