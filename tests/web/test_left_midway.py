"""A client that leaves in the middle of what it sends: nothing is done, and no error of ours is on record for it."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bridge.metrics import registry
from tests.signin.coming import signing
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
COUNTER = "bridge_scim_requests_total"
LABELS = {"connection": "acme", "method": "POST", "status": "499"}


async def leave(house: House, path: str, headers: str) -> None:
    """Send the first byte of thirty, and go."""
    parts = urlsplit(house.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\nExpect: 100-continue\r\n{headers}\r\n"
    writer.write(head.encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")  # our handler has begun
    writer.write(b"{")
    writer.close()


def wrong(logged: list[EventDict]) -> list[EventDict]:
    """What operators would look into; the service has other things to say meanwhile."""
    return [line for line in logged if line["log_level"] in ("error", "critical")]


async def test_a_connector_that_leaves_midway_is_counted_as_one(houses: Houses) -> None:
    house = await houses()
    before = registry.get_sample_value(COUNTER, LABELS) or 0

    async def counted() -> bool:
        return registry.get_sample_value(COUNTER, LABELS) == before + 1

    with capture_logs() as logged:
        await leave(
            house,
            "/scim/v2/acme/Users",
            f"Authorization: Bearer {house.secrets['acme']}\r\nContent-Type: application/scim+json\r\n",
        )
        await house.until(counted)
    assert [line["status"] for line in logged if line["event"] == "scim"] == [499]
    assert not wrong(logged)
    assert (await house.scim("GET", "/Users"))[1]["totalResults"] == 0


@pytest.mark.parametrize("path", ["/saml/acme/acs", "/webhooks/clerk", "/oauth2/token"])
async def test_elsewhere_it_is_no_failure_of_ours(houses: Houses, caplog: pytest.LogCaptureFixture, path: str) -> None:
    house = await signing(await houses(), directory="none")

    async def told() -> bool:
        return bool(caplog.records)

    with capture_logs() as logged:
        await leave(house, path, "Content-Type: application/x-www-form-urlencoded\r\n")
        await house.until(told)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ConnectionResetError)  # which the log makes one line of
    assert not wrong(logged)
