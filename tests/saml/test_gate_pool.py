"""The gate beside the loop: bounded, and fair to whoever gives up."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from bridge.errors import BridgeError
from bridge.saml import gate
from bridge.saml.pool import Gatekeeper
from bridge.saml.untrusted import Untrusted
from tests.support.saml import NOW, party, say


@contextmanager
def _keeper(threads: int = 2, waiting: int = 64) -> Iterator[Gatekeeper]:
    keeper = Gatekeeper(threads, waiting)
    try:
        yield keeper
    finally:
        keeper.close()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The gate stands still until it is set."""
    opened, real = threading.Event(), gate.verify

    def verify(*of: object, **more: object) -> object:
        opened.wait(30)
        return real(*of, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(gate, "verify", verify)
    yield opened
    opened.set()


@asynccontextmanager
async def _asked(keeper: Gatekeeper, times: int) -> AsyncIterator[list[asyncio.Task[object]]]:
    tasks: list[asyncio.Task[object]] = [asyncio.ensure_future(keeper.verify(party(), say(), now=NOW)) for _ in range(times)]
    await asyncio.sleep(0)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_message_is_judged_as_by_the_gate() -> None:
    with _keeper() as keeper:
        assert (await keeper.verify(party(), say(), now=NOW)).name_id.value == "ada@acme.test"
        with pytest.raises(Untrusted):
            await keeper.verify(party(), "%", now=NOW)


async def test_beyond_the_queue_it_is_busy_and_afterwards_it_is_not(door: threading.Event) -> None:
    with _keeper(threads=1, waiting=2) as keeper:
        async with _asked(keeper, 3) as tasks:
            with pytest.raises(BridgeError) as caught:
                await keeper.verify(party(), say(), now=NOW)
            assert caught.value.code == "saml_busy"
            door.set()
            assert len(await asyncio.gather(*tasks)) == 3
        assert (await keeper.verify(party(), say(), now=NOW)).id


async def test_the_loop_turns_while_the_gate_works(door: threading.Event) -> None:
    with _keeper(threads=1) as keeper:
        async with _asked(keeper, 1) as tasks:
            for _ in range(20):
                await asyncio.sleep(0)
            assert not tasks[0].done()
            door.set()
            await tasks[0]


async def test_who_gives_up_waiting_frees_the_place(door: threading.Event) -> None:
    with _keeper(threads=1, waiting=1) as keeper:
        async with _asked(keeper, 2) as (running, waits):
            waits.cancel()
            await asyncio.gather(waits, return_exceptions=True)
            async with _asked(keeper, 1) as (another,):
                assert not another.done()
                door.set()
                await asyncio.gather(running, another)


async def test_who_gives_up_in_the_middle_holds_the_place_until_the_work_is_done(door: threading.Event) -> None:
    with _keeper(threads=1, waiting=0) as keeper:
        async with _asked(keeper, 1) as (running,):
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            with pytest.raises(BridgeError, match="too many"):
                await keeper.verify(party(), say(), now=NOW)
            door.set()
            while True:
                try:
                    assert (await keeper.verify(party(), say(), now=NOW)).id
                    break
                except BridgeError:
                    await asyncio.sleep(0)


async def test_a_thousand_refusals_leave_every_place_free() -> None:
    with _keeper(threads=2, waiting=2) as keeper:
        for _ in range(250):
            answers = await asyncio.gather(*(keeper.verify(party(), "%", now=NOW) for _ in range(4)), return_exceptions=True)
            assert {getattr(answer, "code", None) for answer in answers} == {"saml_encoding"}


async def test_closed_it_takes_nobody_in() -> None:
    keeper = Gatekeeper()
    keeper.close()
    for _ in range(100):
        with pytest.raises(BridgeError, match="too many"):
            await keeper.verify(party(), say(), now=NOW)


async def test_who_waits_at_the_close_is_given_up(door: threading.Event) -> None:
    keeper = Gatekeeper(threads=1, waiting=1)
    async with _asked(keeper, 2) as (running, waits):
        closing = asyncio.get_running_loop().run_in_executor(None, keeper.close)
        with pytest.raises(asyncio.CancelledError):
            await waits
        door.set()
        await closing
        assert (await running) is not None


def test_threads_do_not_disturb_each_other() -> None:
    """Parsers, paths and xmlsec are used by several threads at once."""
    looks = ["okta", "entra", "google", "keycloak"]
    problems: list[BaseException] = []

    def judge(look: str) -> None:
        try:
            for _ in range(60):
                assert gate.verify(party(), say(look), now=NOW).name_id.value == "ada@acme.test"
                with pytest.raises(Untrusted):
                    gate.verify(party(), say(look, recipient="https://evil.test"), now=NOW)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=judge, args=(look,)) for look in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
