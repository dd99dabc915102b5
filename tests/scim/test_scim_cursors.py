"""Pages by cursor (RFC 9865): there and back in any order, while others come and go, on every replica, for an hour."""

import base64
import itertools
import string
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from scim.cursors import LIFETIME
from scim.web import Service, mount
from tests.scim.conftest import BADGE, PUBLIC, Answer, Client, Host, _authenticate, _key, _options

EXTENDED = "extended"
NO_MEMBERS = {"excludedAttributes": "members"}
SORTED_BY = (
    "", "userName", "title", "active", "emails", "name.familyName", f"{BADGE}:number", f"{BADGE}:weight", f"{BADGE}:issued",
    "meta.created", "meta.version", "nothing",
)  # fmt: skip


async def _directory(host: Host) -> None:
    """People of whom every other one lacks something and some share their values, and groups between them."""
    for number in range(7):
        keys: dict[str, Any] = {"title": "ßx"[number % 2], "active": number % 3 != 0} if number % 2 else {}
        badge: dict[str, Any] = {
            "number": number % 3,
            "weight": number / 4,
            "issued": f"2027-01-0{number % 2 + 1}T00:00:00Z",
        }
        await host.user(
            f"p{(number * 5) % 7}",
            connection=EXTENDED,
            **keys,
            **({BADGE: badge, "emails": [{"value": f"{9 - number}@x.example"}]} if number % 3 else {}),
        )
        if number % 3 == 0:
            await host.group(f"team {number}", connection=EXTENDED)


async def _page(host: Host, path: str, cursor: str, **asked: str) -> tuple[list[str], Any]:
    body = await host.get(path, connection=EXTENDED, cursor=cursor, **NO_MEMBERS, **asked)
    assert body["itemsPerPage"] == len(body["Resources"])
    assert "startIndex" not in body
    return [one["id"] for one in body["Resources"]], body


@pytest.mark.parametrize("path", ["/Users", "/"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("count", ["1", "3"])
async def test_pages_lead_through_any_order_and_back(host: Host, path: str, order: str, count: str) -> None:
    await _directory(host)
    for by in SORTED_BY:
        asked = {"sortBy": by, "sortOrder": order}
        whole = [one["id"] for one in (await host.get(path, connection=EXTENDED, **NO_MEMBERS, **asked))["Resources"]]
        there, body = await _page(host, path, "", count=count, **asked)
        assert "previousCursor" not in body
        pages = [there]
        while "nextCursor" in body:
            found, body = await _page(host, path, body["nextCursor"], count=count, **asked)
            assert body["totalResults"] == len(whole)
            pages.append(found)
        assert [id for page in pages for id in page] == whole, by
        back = [pages[-1]]
        while "previousCursor" in body:
            found, body = await _page(host, path, body["previousCursor"], count=count, **asked)
            back.append(found)
        assert back == pages[::-1], by
        assert (await _page(host, path, body["nextCursor"], count=count, **asked))[0] == pages[1]


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("by", ["", "title", "emails"])
async def test_nobody_is_repeated_or_skipped_while_others_come_and_go(host: Host, by: str, order: str) -> None:
    """Between any two pages somebody is deleted on either side, the last one shown among them, and somebody is added."""
    letters = string.ascii_lowercase[:12]
    ids = {
        letter: await host.user(f"{letter}0", title=letter, emails=[{"value": f"{letter}@x.example"}]) for letter in letters
    }
    asked = {"sortBy": by, "sortOrder": order, "count": "2"}
    staying = {ids[letter] for letter in letters}
    seen: list[str] = []
    cursor = ""
    for number in itertools.count():
        body = await host.get("/Users", cursor=cursor, **asked)
        page = [one["id"] for one in body["Resources"]]
        seen += page
        if "nextCursor" not in body:
            break
        cursor = body["nextCursor"]
        coming = [letter for letter in letters if ids[letter] in staying and ids[letter] not in seen]
        gone = [page[-1]] + [ids[letter] for letter in coming[1:2] if number % 2]
        for id in gone:
            assert (await host.call("DELETE", f"/Users/{id}")).status == 204
            staying.discard(id)
        for place in "0m~" if number < 4 else "":
            await host.user(f"{place}new{number}", title=f"{place}new", emails=[{"value": f"{place}{number}@x.example"}])
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)
    assert len(staying) >= 3


async def test_who_is_moved_by_a_change_is_where_the_change_put_them(host: Host) -> None:
    ids = [await host.user(letter, title=letter) for letter in "abcd"]
    asked = {"sortBy": "title", "count": "2"}
    first = await host.get("/Users", cursor="", **asked)
    await host.patch(f"/Users/{ids[0]}", {"op": "replace", "path": "title", "value": "z"})
    rest = await host.get("/Users", cursor=first["nextCursor"], **{**asked, "count": "9"})
    assert [one["id"] for one in rest["Resources"]] == [ids[2], ids[3], ids[0]]


async def test_the_size_of_a_page_may_change_from_one_to_the_next(host: Host) -> None:
    ids = [await host.user(letter) for letter in "abcdef"]
    first = await host.get("/Users", cursor="", count="1")
    second = await host.get("/Users", cursor=first["nextCursor"], count="4", startIndex="3")
    third = await host.call("POST", "/Users/.search", {"cursor": second["nextCursor"], "count": 9})
    assert [[one["id"] for one in body["Resources"]] for body in (first, second, third.body)] == [ids[:1], ids[1:5], ids[5:]]


async def test_a_page_of_nothing_has_a_total_and_no_cursors(host: Host) -> None:
    await host.user("ada")
    for path, total in (("/Users", 1), ("/Groups", 0), ("/", 1)):
        body = await host.get(path, cursor="", count="0")
        assert (body["totalResults"], body["itemsPerPage"], body["Resources"]) == (total, 0, [])
        assert not {"nextCursor", "previousCursor", "startIndex"} & body.keys()
    empty = await host.get("/Users", cursor="", filter='userName eq "nobody"')
    assert not {"nextCursor", "previousCursor"} & empty.keys()


async def _cursor(host: Host, path: str = "/Users", **asked: str) -> str:
    """One that leads on."""
    for letter in "abc":
        await host.user(letter)
    return str((await host.get(path, cursor="", count="1", **asked))["nextCursor"])


async def test_a_cursor_that_was_touched_is_none(host: Host) -> None:
    cursor = await _cursor(host)
    touched = [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :] for place in range(0, len(cursor) - 1)
    ]
    made_up = ["x", "=", "AAAA", cursor[:-2], cursor[2:], cursor + "AA", cursor.lower(), "ä", "0" * 5000, cursor + cursor]
    for one in touched[::7] + made_up:
        answer = await host.call("GET", "/Users", query={"cursor": one, "count": "1"})
        assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor"), one


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/Groups", {}),
        ("/", {}),
        ("/Users", {"filter": "active eq true"}),
        ("/Users", {"filter": "userName pr"}),
        ("/Users", {"sortBy": "title", "filter": "active eq false"}),
        ("/Users", {"sortBy": "userName"}),
        ("/Users", {"sortOrder": "descending"}),
    ],
)
async def test_a_cursor_goes_on_with_its_own_question_alone(host: Host, path: str, asked: Mapping[str, str]) -> None:
    cursor = await _cursor(host)
    answer = await host.call("GET", path, query={"cursor": cursor, **asked})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor")


async def test_a_cursor_of_one_connection_is_none_on_another(host: Host) -> None:
    cursor = await _cursor(host)
    await host.user("eve", connection="other")
    answer = await host.call("GET", "/Users", query={"cursor": cursor}, connection="other")
    assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor")


async def test_a_cursor_tells_nothing_of_what_it_stands_for(host: Host) -> None:
    cursor = await _cursor(host, sortBy="userName", filter='userName co "acme"')
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
    seen = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"acme" not in seen
    assert b"user" not in seen.lower()


Replica = Callable[..., Awaitable[Host]]


@pytest.fixture
def replica(host: Host, aiohttp_client: Callable[..., Awaitable[Client]]) -> Replica:
    """Starts another process's service over the same database, `later` by so many seconds, perhaps with another key."""

    async def start(later: int = 0, key: bytes | None = None) -> Host:
        async def other_key() -> bytes:
            return key if key is not None else await _key()

        service = Service(host.door, PUBLIC, _options, lambda: "new", lambda: 1_790_000_000_000 + later * 1000, other_key)
        app = web.Application()
        mount(app, service, lambda handler: partial(_authenticate, handler))
        return replace(host, client=await aiohttp_client(app))

    return start


async def _go_on(host: Host, cursor: str) -> Answer:
    return await host.call("GET", "/Users", query={"cursor": cursor, "count": "1"})


async def test_a_cursor_goes_on_at_any_replica(host: Host, replica: Replica) -> None:
    cursor = await _cursor(host)
    here, there = await _go_on(host, cursor), await _go_on(await replica(), cursor)
    assert there.status == 200
    assert there.body["Resources"] == here.body["Resources"]
    back = await _go_on(host, there.body["previousCursor"])
    assert [one["userName"] for one in back.body["Resources"]] == ["a@acme.example"]


async def test_a_cursor_is_sealed_by_the_key_that_replicas_share(host: Host, replica: Replica) -> None:
    answer = await _go_on(await replica(key=b"another"), await _cursor(host))
    assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor")


async def test_a_cursor_is_good_for_an_hour(host: Host, replica: Replica) -> None:
    """The fixture's clock stood at three seconds when it was made: one for each user."""
    cursor = await _cursor(host)
    assert (await _go_on(await replica(later=LIFETIME + 2), cursor)).status == 200
    answer = await _go_on(await replica(later=LIFETIME + 10), cursor)
    assert (answer.status, answer.body["scimType"]) == (400, "expiredCursor")
    assert "begin again" in answer.body["detail"]
