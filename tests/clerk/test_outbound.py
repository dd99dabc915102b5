"""The only way out: deadlines, a cap on what comes back, and whether a failed call may have had an effect."""

from typing import Any

import pytest

from bridge import outbound
from bridge.outbound import Lost, Peer, Unreached
from tests.support.scripted import Scripted, answer, cut, half, silent


async def test_an_answer_is_given_as_it_came(scripted: Scripted) -> None:
    scripted.answers = [answer(418, b"short and stout", X_Kind="teapot")]
    async with Peer(f"{scripted.url}/", headers={"X-Every": "call"}) as peer:
        reply = await peer.call("POST", "/a?b=c", content=b"{}", headers={"X-This": "one"})
    assert (reply.status, reply.body, reply.headers["x-kind"]) == (418, b"short and stout", "teapot")
    line, *headers = scripted.requests[0].splitlines()
    assert line == "POST /a?b=c HTTP/1.1"
    assert {"X-Every: call", "X-This: one"} <= set(headers)


async def test_query_values_are_repeated_and_quoted(scripted: Scripted) -> None:
    scripted.answers = [answer(200)]
    async with Peer(scripted.url) as peer:
        await peer.call("GET", "/users", query=[("email_address", "a+b@x.example"), ("email_address", "c&d")])
    assert scripted.requests[0].startswith("GET /users?email_address=a%2Bb%40x.example&email_address=c%26d HTTP/1.1")


async def test_a_redirect_is_not_followed(scripted: Scripted) -> None:
    scripted.answers = [answer(302, Location=scripted.url)]
    async with Peer(scripted.url) as peer:
        assert (await peer.call("GET", "/")).status == 302
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("script", [cut, half])
async def test_a_cut_connection_loses_the_answer_and_nothing_is_repeated(scripted: Scripted, script: Any) -> None:
    scripted.answers = [script]
    async with Peer(scripted.url) as peer:
        with pytest.raises(Lost):
            await peer.call("GET", "/")
    assert len(scripted.requests) == 1


async def test_an_answer_that_never_ends_is_given_up(scripted: Scripted) -> None:
    scripted.answers = [silent]
    async with Peer(scripted.url, timeout=0.05) as peer:
        with pytest.raises(Lost, match=r"no whole answer in 0\.05 s"):
            await peer.call("GET", "/")


async def test_what_is_too_large_is_not_read_to_its_end(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "LARGEST", 1000)
    scripted.answers = [answer(200, bytes(1000)), answer(200, bytes(1001))]
    async with Peer(scripted.url) as peer:
        assert len((await peer.call("GET", "/")).body) == 1000
        with pytest.raises(Lost, match="more than 1000 bytes"):
            await peer.call("GET", "/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1"])
async def test_a_call_that_never_left_had_no_effect(url: str) -> None:
    async with Peer(url) as peer:
        with pytest.raises(Unreached):
            await peer.call("POST", "/")


async def test_the_environment_sends_nobody_through_a_proxy(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    scripted.answers = [answer(200)]
    async with Peer(scripted.url) as peer:
        assert (await peer.call("GET", "/")).status == 200
