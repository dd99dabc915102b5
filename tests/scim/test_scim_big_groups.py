"""Groups of any size: members come in pieces from one snapshot, which ends with the answer or with the client."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
import pytest
from aiohttp import ClientPayloadError, ClientResponse

from bridge.store import postgresql
from scim import members as member_rows
from scim.clean import MOST_VALUES
from scim.ports import Tx
from scim.web import http
from tests.scim.conftest import GROUP, Answer, Host

MEMBERS = ("scim_member", "scim_nested", "scim_pending")
WAIT = 60.0  # seconds that anything may take


@dataclass
class Gate:
    """Between the store and the answer: once shut it lets through one piece, and the others when it is opened."""

    steps: Callable[[Callable[[Tx], Any]], AsyncGenerator[Any, None]]
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    padding: bytes = b""

    def __post_init__(self) -> None:
        self.opened.set()

    def shut(self) -> None:
        self.opened.clear()
        self.ended.clear()

    async def __call__(self, step: Callable[[Tx], Any]) -> AsyncGenerator[Any, None]:
        pieces, first = self.steps(step), True
        try:
            async for piece in pieces:
                if not first:
                    await self.opened.wait()
                    if self.fails:
                        raise OSError("the disk is gone")
                first = False
                yield self.padding + piece
        finally:
            await pieces.aclose()
            self.ended.set()


@pytest.fixture
def gate(host: Host, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Pieces of two members each, through a gate."""
    monkeypatch.setattr("scim.web.member_pieces.FEW", 3)
    monkeypatch.setattr("scim.web.member_pieces.PAGE", 2)
    gate = Gate(host.door.steps)
    monkeypatch.setattr(host.door, "steps", gate)
    return gate


@asynccontextmanager
async def _reading(host: Host, path: str) -> AsyncIterator[ClientResponse]:
    headers = {"Authorization": f"Bearer {host.token()}"}
    async with asyncio.timeout(WAIT), host.client.get(f"/scim/v2/{host.name()}{path}", headers=headers) as answer:
        yield answer


def _values(*members: str) -> list[dict[str, str]]:
    return [{"value": one} for one in members]


async def _team(host: Host, size: int) -> tuple[str, list[str]]:
    """A group with so many users, a group and somebody unknown in it."""
    members = [await host.user(f"u{number}") for number in range(size)] + [await host.group("inner"), "later"]
    return await host.group("engineers", *members), members


def _of(group: Any) -> list[str]:
    return sorted(one["value"] for one in group["members"])


@pytest.mark.parametrize("path", ["/Groups/{}", "/Groups", ""])
async def test_an_answer_begins_before_its_end_is_read(host: Host, gate: Gate, path: str) -> None:
    id, members = await _team(host, 7)
    gate.shut()
    async with _reading(host, path.format(id)) as answer:
        text = await answer.content.readany()
        assert text.startswith(b"{")
        assert len(text) < 4000
        assert not gate.ended.is_set()
        gate.opened.set()
        body = orjson.loads(text + await answer.read())
    shown = body if path == "/Groups/{}" else next(one for one in body["Resources"] if one["id"] == id)
    assert _of(shown) == sorted(members)
    assert gate.ended.is_set()


@pytest.mark.parametrize("path", ["/Groups/{}", "/Groups"])
async def test_an_answer_is_one_moment_though_members_change_meanwhile(host: Host, gate: Gate, path: str) -> None:
    id, members = await _team(host, 7)
    gate.shut()
    async with _reading(host, path.format(id)) as answer:
        text = await answer.content.readany()
        new = await host.user("new")
        change = [{"op": "remove", "path": "members", "value": _values(*members[4:])}]
        change += [{"op": "add", "path": "members", "value": _values(new)}]
        assert (await host.patch(f"/Groups/{id}", *change)).status == 204
        await host.call("DELETE", f"/Users/{members[3]}")
        gate.opened.set()
        body = orjson.loads(text + await answer.read())
    shown = body if path == "/Groups/{}" else next(one for one in body["Resources"] if one["id"] == id)
    assert (_of(shown), shown["meta"]["version"]) == (sorted(members), 'W/"1"')
    assert await host.members(id) == sorted([*members[:3], new])


async def test_a_client_that_goes_away_lets_go_of_the_snapshot(host: Host, gate: Gate) -> None:
    """More often than the database has connections, so that one kept would be missed."""
    id, members = await _team(host, 7)
    for path in (f"/Groups/{id}", "/Groups") * 6:
        gate.shut()
        async with _reading(host, path) as answer:
            await answer.content.readany()
            answer.close()
        gate.opened.set()
        async with asyncio.timeout(WAIT):
            await gate.ended.wait()
    assert await host.members(id) == sorted(members)


async def test_a_client_that_does_not_read_on_is_left_behind(
    host: Host, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_PATIENCE", 0.05)
    id, _ = await _team(host, 7)
    gate.padding = b" " * 8_000_000  # more than the sockets hold
    gate.ended.clear()
    reader, writer = await asyncio.open_connection(host.client.host, host.client.port, limit=1024)
    request = f"GET /scim/v2/{host.name()}/Groups/{id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.token()}\r\n\r\n"
    writer.write(request.encode())
    async with asyncio.timeout(WAIT):
        await gate.ended.wait()
        answered = await _to_the_end(reader)
    writer.close()
    assert not answered.endswith(b"0\r\n\r\n")  # the last chunk of a whole answer


async def _to_the_end(reader: asyncio.StreamReader) -> bytes:
    """What is left to read, also of a connection that was torn down."""
    found = b""
    with suppress(ConnectionError):
        while piece := await reader.read(1_000_000):
            found = (found + piece)[-1000:]
    return found


async def test_an_answer_that_breaks_off_does_not_look_whole(host: Host, gate: Gate) -> None:
    id, _ = await _team(host, 7)
    gate.shut()
    gate.fails = True
    async with _reading(host, f"/Groups/{id}") as answer:
        await answer.content.readany()
        gate.opened.set()
        with pytest.raises(ClientPayloadError):
            await answer.read()
    assert gate.ended.is_set()


@pytest.mark.parametrize("place", ["POST", "PUT", "PATCH"])
async def test_the_answer_of_a_write_comes_in_pieces_as_well(host: Host, gate: Gate, place: str) -> None:
    users = [await host.user(f"u{number}") for number in range(7)]
    body = {"schemas": [GROUP], "displayName": "engineers", "members": _values(*users)}
    id = None if place == "POST" else await host.group("engineers")
    sent = {"Operations": [{"op": "add", "path": "members", "value": _values(*users)}]} if place == "PATCH" else body
    query = {"attributes": "members,displayName"} if place == "PATCH" else None
    answer = await host.call(place, f"/Groups/{id}" if id else "/Groups", sent, query=query)
    assert answer.status == (201 if place == "POST" else 200)
    assert _of(answer.body) == sorted(users)
    assert answer.headers["Location"].endswith(f"/Groups/{answer.id}")
    assert answer.headers["Transfer-Encoding"] == "chunked"


async def test_a_write_is_answered_whatever_version_the_client_has(host: Host) -> None:
    """If-None-Match is for reads; a write that was done must not look as if nothing was there."""
    body = {"schemas": [GROUP], "displayName": "engineers", "members": _values("later")}
    made = await host.call("POST", "/Groups", body, If_None_Match="*")
    assert (made.status, _of(made.body)) == (201, ["later"])
    for method, sent in (("PUT", body), ("PATCH", {"Operations": [{"op": "add", "path": "externalId", "value": "g-1"}]})):
        query = {"attributes": "members"}
        answer = await host.call(method, f"/Groups/{made.id}", sent, query=query, If_None_Match="*")
        assert (answer.status, _of(answer.body)) == (200, ["later"])


async def test_a_known_version_of_a_big_group_costs_no_member_row(host: Host, gate: Gate) -> None:
    id, _ = await _team(host, 7)
    host.door.statements.clear()
    answer = await host.call("GET", f"/Groups/{id}", If_None_Match='W/"1"')
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, None, 'W/"1"')
    assert host.door.statements
    assert not [one for one in host.door.statements if any(table in one for table in MEMBERS)]
    assert gate.ended.is_set()


async def test_an_unknown_group_is_not_found_and_keeps_no_snapshot(host: Host, gate: Gate) -> None:
    for _ in range(12):
        gate.shut()
        assert (await host.call("GET", "/Groups/nobody")).status == 404
        assert gate.ended.is_set()


@pytest.mark.parametrize("sizes", [(0,), (3,), (4,), (0, 7, 0, 2), (7, 7, 1), (5, 0)])
async def test_lists_of_groups_have_everybodys_members(host: Host, gate: Gate, sizes: tuple[int, ...]) -> None:
    """However many are in the one and in the other."""
    expected = {}
    for number, size in enumerate(sizes):
        members = sorted(f"m{number}-{one}" for one in range(size))
        expected[await host.group(f"g{number}", *members)] = members
    for path in ("/Groups", ""):
        body = await host.get(path)
        assert {one["id"]: _of(one) for one in body["Resources"]} == expected
        assert body["totalResults"] == len(sizes)
    searched = await host.call("POST", "/Groups/.search", {"attributes": ["members"]})
    assert {one["id"]: _of(one) for one in searched.body["Resources"]} == expected


async def test_pages_by_cursor_of_big_groups(host: Host, gate: Gate) -> None:
    ids = [await host.group(f"g{number}", *(f"m{one}" for one in range(5))) for number in range(3)]
    found: list[Any] = []
    query = {"cursor": "", "count": "2"}
    while query["cursor"] is not None:
        body = await host.get("/Groups", **query)
        found += body["Resources"]
        query["cursor"] = body.get("nextCursor")
    assert [one["id"] for one in found] == ids
    assert all(len(one["members"]) == 5 for one in found)


async def test_a_read_in_pieces_costs_a_statement_a_piece(host: Host, gate: Gate) -> None:
    """The row, whether they are few, and pages of two: of 7 users, 1 group and 1 unknown, each kind to its end."""
    id, _ = await _team(host, 7)
    host.door.statements.clear()
    await host.get(f"/Groups/{id}")
    assert len(host.door.statements) == 2 + 4 + 1 + 1


@pytest.mark.parametrize(("size", "status"), [(0, 200), (100, 200), (101, 204)])
async def test_a_small_group_comes_back_from_its_patch(host: Host, size: int, status: int) -> None:
    members = [f"m{number}" for number in range(size)]
    id = await host.group("engineers", *members[1:], connection="bodies")
    value = _values(*members[:1])
    operation = (
        {"op": "add", "path": "members", "value": value} if value else {"op": "add", "path": "externalId", "value": "x"}
    )
    answer = await host.patch(f"/Groups/{id}", operation, connection="bodies")
    assert (answer.status, answer.headers["ETag"]) == (status, 'W/"2"')
    assert answer.body is None if status == 204 else _of(answer.body) == sorted(members)
    if status == 200:
        assert answer.body == await host.get(f"/Groups/{id}", connection="bodies")


async def _sized(host: Host, method: str, size: int, id: str) -> Answer:
    value = b",".join(b'{"value":"m%d"}' % number for number in range(size))
    bodies = {
        "POST": b'{"displayName":"big","members":[%s]}',
        "PUT": b'{"displayName":"engineers","members":[%s]}',
        "PATCH": b'{"Operations":[{"op":"add","path":"members","value":[%s]}]}',
    }
    path = "/Groups" if method == "POST" else f"/Groups/{id}"
    query = {"excludedAttributes": "members"}
    return await host.call(method, path, raw=bodies[method] % value, query=query)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_more_members_than_a_request_may_name_are_refused(host: Host, method: str) -> None:
    id = await host.group("engineers", "later")
    answer = await _sized(host, method, MOST_VALUES + 1, id)
    assert (answer.status, answer.body["status"]) == (413, "413")
    assert str(MOST_VALUES) in answer.body["detail"]
    assert await host.members(id) == ["later"]
    assert len(await host.found("/Groups", "displayName pr")) == 1


async def test_as_many_as_it_may_name_are_taken_and_come_back_in_pieces(host: Host) -> None:
    id = await host.group("engineers", "later")
    assert (await _sized(host, "PATCH", MOST_VALUES, id)).status == 204
    members = await host.members(id)
    assert len(members) == len(set(members)) == MOST_VALUES + 1


async def test_a_change_of_a_big_group_costs_as_many_statements_as_of_a_small_one(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(4)]
    costs = []
    for name, size in (("small", 2), ("big", 3000)):
        id = await host.group(name, *users[:2], *(f"m{number}" for number in range(size)))
        host.door.statements.clear()
        await host.patch(f"/Groups/{id}", {"op": "add", "path": "members", "value": _values(users[2])})
        await host.patch(f"/Groups/{id}", {"op": "remove", "path": f'members[value eq "{users[0]}"]'})
        await host.call("GET", f"/Groups/{id}", query={"excludedAttributes": "members"})
        body = {"schemas": [GROUP], "displayName": name, "members": _values(*users)}
        await host.call("PUT", f"/Groups/{id}", body, query={"excludedAttributes": "members"})
        costs.append(list(host.door.statements))
        assert await host.members(id) == sorted(users)
    assert costs[0] == costs[1]


async def test_a_put_tells_of_those_alone_who_come_and_go(host: Host) -> None:
    users = [await host.user(f"u{number}") for number in range(6)]
    id = await host.group("engineers", *users[:5])
    await host.call("PUT", f"/Groups/{id}", {"displayName": "engineers", "members": _values(*users[1:])})
    change = host.last_change()
    assert (change.kind, set(change.users), change.gained) == ("members.changed", {users[0], users[5]}, (users[5],))


@pytest.mark.parametrize("statement", ["_DROP_OTHER_USERS", "_DROP_OTHER_GROUPS", "_DROP_OTHER_PENDING"])
async def test_the_difference_of_a_put_is_hashed_in_the_plan_that_postgresql_keeps(
    postgresql_database: str, statement: str
) -> None:
    """After five executions it plans without the values; a list that isn't hashed then is read once for every member."""
    sql = postgresql.statements()(getattr(member_rows, statement)).sql
    connection = await asyncpg.connect(postgresql_database)
    try:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE difference AS {sql}")
        plan = await connection.fetch("EXPLAIN EXECUTE difference (1, '{}')")
    finally:
        await connection.close()
    assert "hashed SubPlan" in "\n".join(row[0] for row in plan)
