"""A SCIM server of a hundred lines with faults to switch on: what the conformance kit must see, and must not harm.

Written apart from the service. It understands what the chosen scenarios send and no more.
"""

import asyncio
import itertools
import json
import re
from typing import Any

from aiohttp import web

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
NAME = {"Users": "userName", "Groups": "displayName"}
_TERM = re.compile(r'([\w.]+(?:\[type eq "work"\]\.value)?) eq "([^"]*)"', re.IGNORECASE)
_MEMBER = re.compile(r'members\[value eq "([^"]+)"\]')

Resource = dict[str, Any]


class LittleScim:
    """`resources` by kind and id. `faults` are words that the code below asks for. `requests` are (method, path)."""

    def __init__(self, *faults: str, token: str = "right-token") -> None:
        self.faults = set(faults)
        self.token = token
        self.ids = itertools.count(1)
        self.resources: dict[str, dict[str, Resource]] = {"Users": {}, "Groups": {}}
        self.requests: list[tuple[str, str]] = []
        self.reached = asyncio.Event()

    def add(self, kind: str, **keys: Any) -> str:
        """Something that was there before."""
        id = f"r{next(self.ids)}"
        self.resources[kind][id] = {"id": id, "schemas": [], "active": True, **keys}
        return id

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, f"no: {request.headers.get('Authorization')}")
        _, _, kind, *rest = request.path.split("/")
        if kind == "ServiceProviderConfig":
            return _json({"patch": {"supported": True}, "bulk": {"supported": False}})
        if kind not in self.resources:
            return _error(404, "There is no such endpoint.")
        if "hangs" in self.faults and request.method == "PATCH":
            self.reached.set()
            await asyncio.sleep(3600)
        if "slow" in self.faults and request.method == "PATCH":
            await asyncio.sleep(0.02)
        body = json.loads(await request.text() or "null")
        if not rest or not rest[0]:
            return self._create(kind, body) if request.method == "POST" else self._list(kind, request)
        return self._one(request, kind, rest[0], body)

    def _list(self, kind: str, request: web.Request) -> web.StreamResponse:
        found = list(self.resources[kind].values())
        for path, value in _TERM.findall(request.query.get("filter", "")):
            found = [one for one in found if self._fits(one, path, value)]
        if not found and "nobody is 404" in self.faults:
            return _error(404, "Nobody.")
        start, count = int(request.query.get("startIndex", 1)), int(request.query.get("count", 100))
        page = found[start - 1 : start - 1 + count]
        shown = [_without(one, request.query.get("excludedAttributes")) for one in page]
        answer = {"schemas": [LIST], "totalResults": len(found), "startIndex": start, "itemsPerPage": len(page)}
        if "no totalResults" in self.faults:
            del answer["totalResults"]
        return _json({**answer, "Resources": shown})

    def _fits(self, one: Resource, path: str, value: str) -> bool:
        got = one.get("emails", [{}])[0].get("value") if path.lower().startswith("emails") else one.get(path)
        exact = path == "externalId" or "exact names" in self.faults
        return got == value if exact else str(got).lower() == value.lower()

    def _create(self, kind: str, body: Resource) -> web.StreamResponse:
        name = NAME[kind]
        twin = next((one for one in self.resources[kind].values() if str(one[name]).lower() == body[name].lower()), None)
        if twin is not None and "twins" not in self.faults:
            return _error(409, "It is there already.", "uniqueness")
        if "says somebody else" in self.faults and kind == "Users":
            return _json(next(iter(self.resources["Users"].values())), 201)
        id = f"r{next(self.ids)}" if "odd ids" not in self.faults else f"{kind}:{next(self.ids)} ü?#"
        made = {**body, "id": int(id[1:]) if "numeric id" in self.faults else id}
        made.pop("password", None)
        self.resources[kind][str(made["id"])] = made
        return web.Response(status=201) if "empty create" in self.faults else _json(self._shown(kind, made), 201)

    def _one(self, request: web.Request, kind: str, id: str, body: Any) -> web.StreamResponse:
        method, one = request.method, self.resources[kind].get(id)
        if one is None:
            return _error(404, "Nobody.")
        if method == "DELETE":
            if "keeps everything" in self.faults:
                return _error(500, "No.")
            del self.resources[kind][id]
            return web.Response(status=204)
        if method == "PUT":
            self.resources[kind][id] = one = {**body, "id": id}
        for operation in body["Operations"] if method == "PATCH" else ():
            refusal = self._patch(one, operation)
            if refusal:
                return _error(400, refusal, "invalidValue")
        return _json(_without(self._shown(kind, one), request.query.get("excludedAttributes")))

    def _patch(self, one: Resource, operation: Any) -> str | None:
        op, path, value = operation["op"].lower(), operation.get("path"), operation.get("value")
        members = one.setdefault("members", [])
        if path is None:
            one |= {key: inner for key, inner in value.items() if key not in {"id", "password"}}
        elif path == "members" and op == "remove" and "remove means all" not in self.faults:
            gone = {member["value"] for member in value}
            one["members"] = [member for member in members if member["value"] not in gone]
        elif path == "members" and op == "add":
            known = {member["value"] for member in members}
            one["members"] = members + [{"value": item["value"]} for item in value if item["value"] not in known]
        elif path == "members":
            one["members"] = [{"value": item["value"]} for item in value] if op == "replace" else []
        elif found := _MEMBER.fullmatch(path):
            one["members"] = [member for member in members if member["value"] != found[1]]
        elif path == "active" and isinstance(value, str):
            if "no text booleans" in self.faults:
                return "active is a boolean."
            one["active"] = value == "True"
        else:
            one[path] = value
        return None

    def _shown(self, kind: str, one: Resource) -> Resource:
        if "no members" in self.faults and kind == "Groups":
            return {**one, "members": None}
        return one


def _without(one: Resource, excluded: str | None) -> Resource:
    return {key: value for key, value in one.items() if key != excluded}


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, content_type="application/scim+json")


def _error(status: int, detail: str, scim_type: str | None = None) -> web.Response:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail, "scimType": scim_type}
    return _json({key: value for key, value in body.items() if value}, status)
