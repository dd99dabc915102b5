"""What somebody packs and nobody reads costs nothing: the answer is the end of it."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST /saml/acme/acs", 404),
        ("POST /login", 405),
        ("POST /nowhere", 404),
        ("POST /scim/v2/acme/Users", 401),
    ],
)
async def test_a_packed_body_that_nobody_reads_ends_the_connection(houses: Houses, line: str, status: int) -> None:
    house = await houses()
    parts = urlsplit(house.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    begun = gzip.compress(b"{}" * 1000)[:-1]
    length = len(begun) + 1000  # the rest of it never comes
    head = f"{line} HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode() + begun)
    async with asyncio.timeout(8):  # aiohttp would go on reading for ten seconds
        answer = await reader.read()
    writer.close()
    assert answer.split(b" ", 2)[1] == str(status).encode()
    assert b"\r\nConnection: close\r\n" in answer


async def test_a_packed_body_that_is_read_is_taken(houses: Houses) -> None:
    house = await houses()
    body = gzip.compress(b'{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "engineers"}')
    assert house._session is not None
    headers = {
        "Authorization": f"Bearer {house.secrets['acme']}",
        "Content-Type": "application/scim+json",
        "Content-Encoding": "gzip",
    }
    async with house._session.post(f"{house.url}/scim/v2/acme/Groups", data=body, headers=headers) as answer:
        assert answer.status == 201
        assert "Connection" not in answer.headers
