"""`inferpipe-bridge conformance`: what people read, what scripts read, and ^C."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.replay.little_scim import LittleScim
from tests.support.command_line import invoke

Servers = Callable[..., Awaitable[TestServer]]


async def _serving(aiohttp_server: Servers, little: LittleScim) -> str:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", little.handle)
    return str((await aiohttp_server(app)).make_url("/scim"))


async def _run(*words: str, code: int = 0, env: dict[str, str] | None = None) -> str:
    return (await asyncio.to_thread(invoke, "conformance", *words, code=code, env=env)).output


async def test_a_good_endpoint_gets_a_line_per_step_and_exit_code_0(aiohttp_server: Servers) -> None:
    url = await _serving(aiohttp_server, LittleScim())
    text = await _run(url, "--token", "right-token", "--only", "okta/users-oin", "--only", "okta/spec")
    assert "okta/spec: What Okta's SPEC test looks at" in text
    assert text.count("  pass  ") == int(text.rstrip().splitlines()[-1].split(": ")[1].split()[0])
    assert "0 failed, 0 skipped" in text
    assert "FAIL" not in text


async def test_a_fault_is_told_with_what_came_and_who_needs_it_and_exit_code_1(aiohttp_server: Servers) -> None:
    url = await _serving(aiohttp_server, LittleScim("empty create"))
    text = await _run(url, "--only", "okta/users-aiw", code=1, env={"SCIM_TOKEN": "right-token"})
    assert "  FAIL  " in text
    assert '$.id should be of the type "string", but it is missing' in text
    assert "who needs this: Okta: an empty 201 body makes 'Create new user returned empty user'" in text
    assert "source: Okta developer docs" in text
    assert "sent: POST /Users\n" in text
    assert "not sent: no earlier step brought maya" in text


async def test_scripts_read_one_document(aiohttp_server: Servers) -> None:
    url = await _serving(aiohttp_server, LittleScim("keeps everything"))
    found = orjson.loads(
        await _run(url, "--token", "right-token", "--provider", "okta", "--only", "users-aiw", "--json", code=1)
    )
    assert (found["ok"], found["url"], found["failed"], found["skipped"]) == (False, url, 0, 0)
    (scenario,) = found["scenarios"]
    assert (scenario["scenario"], scenario["slow_after_ms"]) == ("okta/users-aiw", 600)
    assert len(scenario["left_behind"]) == 1
    step = scenario["steps"][0]
    assert step.keys() == {"step", "request", "outcome", "status", "ms", "slow", "problems", "skipped", "who", "why"}
    assert (step["outcome"], step["status"], step["problems"]) == ("pass", 200, [])


async def test_what_is_left_behind_is_said(aiohttp_server: Servers) -> None:
    url = await _serving(aiohttp_server, LittleScim("keeps everything"))
    assert "LEFT BEHIND: /Users/r1 could not" in await _run(url, "--token", "right-token", "--only", "users-aiw", code=1)
    assert "kept /Users/r2" in await _run(url, "--token", "right-token", "--only", "users-aiw", "--keep")


async def test_mistakes_are_sentences(aiohttp_server: Servers) -> None:
    url = await _serving(aiohttp_server, LittleScim())
    assert "There is no scenario nothing." in await _run(url, "--only", "nothing", code=1)
    assert "'Authorization' is no header." in await _run(url, "--header", "Authorization", code=1)
    assert "refuses a request without a token: 401" in await _run(url, code=1)
    assert "is no address" in await _run("nowhere", "--token", "x", code=1)


async def test_control_c_takes_away_what_was_made(aiohttp_server: Servers) -> None:
    for how in (signal.SIGINT, signal.SIGTERM):
        little = LittleScim("hangs")
        url = await _serving(aiohttp_server, little)
        command = [sys.executable, "-m", "bridge.cli", "conformance", url, "--only", "okta/group-push"]
        environment = {**os.environ, "SCIM_TOKEN": "right-token"}
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=-3, stderr=-3)
        await little.reached.wait()
        assert little.resources["Users"]
        process.send_signal(how)
        assert await process.wait() != 0
        assert little.resources == {"Users": {}, "Groups": {}}
