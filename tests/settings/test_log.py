"""Logs: one event a line, who and where beside it, and never a secret."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.contextvars import bound_contextvars

from bridge import log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The configuration is the process's own: put it back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(form="json")
    structlog.get_logger().warning("hold opened", people=7)
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "hold opened", "level": "warning", "people": 7}


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("warning", "json")
    structlog.get_logger().info("nothing")
    assert lines(capsys) == []


async def test_each_request_carries_its_own_id_and_connection(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(form="json")
    both = asyncio.Barrier(2)

    async def request(number: int) -> None:
        with bound_contextvars(request_id=f"r{number}", connection=f"c{number}"):
            await both.wait()
            structlog.get_logger().info("answered", number=number)

    await asyncio.gather(request(1), request(2))
    structlog.get_logger().info("outside")
    found = {line.get("number"): (line.get("request_id"), line.get("connection")) for line in lines(capsys)}
    assert found == {1: ("r1", "c1"), 2: ("r2", "c2"), None: (None, None)}


@pytest.mark.parametrize(
    "event",
    [
        {"token": "hunter2"},
        {"clerk_secret_key": "hunter2"},
        {"Authorization": "hunter2"},
        {"headers": {"authorization": "hunter2", "cookie": ["hunter2"]}},
        {"body": [{"deep": {"password": b"hunter2"}}]},
        {"sentence": "Clerk refused sk_live_hunter2"},
        {"header": "Bearer hunter2"},
        {"header": ("Basic aHVudGVyMg==hunter2",)},
        {"url": "postgresql://bridge:hunter2@db/bridge"},
        {"ticket": "eyJhbGciOiJub25lIn0.eyJodW50ZXIyIjoxfQ.hunter2"},
        {"bytes": b"whsec_hunter2"},
        {"object": ValueError("brg_hunter2")},
    ],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_secret_is_never_logged(capsys: pytest.CaptureFixture[str], event: dict[str, Any], form: str) -> None:
    log.configure(form=form)
    structlog.get_logger().info("something", **event)
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert log.REDACTED in written


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_shows_no_secret_of_a_message_or_a_variable(capsys: pytest.CaptureFixture[str], form: str) -> None:
    log.configure(form=form)
    local = "hunter3"
    try:
        raise ValueError("refused sk_live_hunter2")
    except ValueError:
        structlog.get_logger().exception("failed")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "hunter2" not in written
    assert f"'{local}'" not in written


def test_what_is_no_secret_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(form="json")
    event = {"token_id": "t1", "tokens": 3, "url": "https://host/path", "people": ["a", "b"], "facts": {"n": None}}
    structlog.get_logger().info("something", **event)
    (line,) = lines(capsys)
    assert {key: line[key] for key in event} == event


def test_libraries_log_in_the_same_form_and_only_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("debug", "json")
    logging.getLogger("aiohttp.server").error("Error handling request with Bearer %s", "hunter2")
    logging.getLogger("httpx").info("HTTP Request: GET /v1/users")
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("Error handling request with Bearer [redacted]", "error")


async def test_what_is_no_http_is_one_line_and_no_error(
    capsys: pytest.CaptureFixture[str], aiohttp_server: Callable[[web.Application], Awaitable[TestServer]]
) -> None:
    log.configure(form="json")
    server = await aiohttp_server(web.Application())
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n")
    answered = await reader.read()
    writer.close()
    assert answered.startswith(b"HTTP/1.0 400")
    (line,) = lines(capsys)
    assert line["level"] == "warning"
    assert line["event"].startswith("no HTTP: ")
    assert "exception" not in line


async def test_a_client_that_leaves_midway_is_one_line_and_no_error(
    capsys: pytest.CaptureFixture[str], aiohttp_server: Callable[[web.Application], Awaitable[TestServer]]
) -> None:
    log.configure(form="json")
    ended = asyncio.Event()

    async def reading(request: web.Request) -> web.Response:
        try:
            return web.Response(body=await request.read())
        finally:
            asyncio.get_running_loop().call_soon(ended.set)

    app = web.Application()
    app.router.add_post("/", reading)
    server = await aiohttp_server(app)
    server.runner.server.handler_cancellation = False  # as in service
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\nExpect: 100-continue\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"{")
    writer.close()
    await ended.wait()
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("a client left before its request had arrived", "warning")
    assert "exception" not in line
