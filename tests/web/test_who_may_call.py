"""Who may call /scim, and what everybody else is told; health, readiness, metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.callers import gate, tokens
from bridge.callers.tokens import Minted
from bridge.store.errors import StoreError
from scim.ports import Tx
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def _mint(house: House, *, expires: int | None = None, connection: str = "acme", subject: str | None = None) -> Minted:
    minted, now = Minted.new(), house.clock()
    await house.parts.database.write(
        lambda tx: tokens.create(tx, minted, connection, label=None, expires=expires, now=now, actor="test", subject=subject)
    )
    return minted


async def _status(house: House, secret: str, connection: str = "acme") -> int:
    return (await house.scim("GET", "/Users", connection=connection, secret=secret))[0]


async def test_an_unknown_token_and_an_unknown_connection_get_the_same_answer(houses: Houses) -> None:
    house = await houses()
    wrong = await house.scim("GET", "/Users", secret="brg_wrong")
    nowhere = await house.scim("GET", "/Users", secret="brg_wrong", connection="nowhere")
    known_token_elsewhere = await house.scim("GET", "/Users", secret=house.secrets["acme"], connection="nowhere")
    assert wrong == nowhere == known_token_elsewhere
    assert wrong[0] == 401
    assert wrong[1]["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


async def test_several_tokens_live_beside_each_other_and_each_ends_on_its_own(houses: Houses) -> None:
    house = await houses()
    first, second = await _mint(house), await _mint(house)
    assert (await _status(house, first.secret), await _status(house, second.secret)) == (200, 200)
    await house.parts.database.write(lambda tx: tokens.revoke(tx, first.id, now=house.clock(), actor="test"))
    house.clock.jump(1.1)
    assert (await _status(house, first.secret), await _status(house, second.secret)) == (401, 200)


async def test_a_token_of_a_user_reads_me_and_nothing_else(houses: Houses) -> None:
    house = await houses()
    mia, ben = await house.user("mia"), await house.user("ben")
    minted = await _mint(house, subject=mia)
    status, me = await house.scim("GET", "/Me", secret=minted.secret)
    assert (status, me["id"]) == (200, mia)
    for method, path in (
        ("GET", "/Users"),
        ("GET", f"/Users/{ben}"),
        ("DELETE", "/Me"),
        ("PATCH", "/Me"),
        ("POST", "/.search"),
    ):
        status, body = await house.scim(method, path, {}, secret=minted.secret)
        assert (status, body["status"]) == (403, "403")
    assert (await house.scim("GET", "/Schemas", secret=minted.secret))[0] == 200


async def test_a_token_ends_when_it_expires(houses: Houses) -> None:
    house = await houses()
    minted = await _mint(house, expires=house.clock() + 60_000)
    assert await _status(house, minted.secret) == 200
    house.clock.jump(61)
    assert await _status(house, minted.secret) == 401


async def test_the_last_use_of_a_token_is_shown(houses: Houses) -> None:
    house = await houses()
    minted = await _mint(house)
    await _status(house, minted.secret)
    await house.parts.gate.note_uses()
    found = await house.parts.database.read(lambda tx: tokens.of(tx, "acme"))
    assert next(one for one in found if one.id == minted.id).last_used is not None


async def test_only_the_hash_of_a_token_is_kept(houses: Houses) -> None:
    house = await houses()
    minted = await _mint(house)
    rows: Any = await house.parts.database.read(lambda tx: tokens.of(tx, "acme"))
    assert minted.secret not in str(rows)


async def test_a_fault_of_ours_is_a_scim_error_with_the_request_id(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses()

    async def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(house.parts.database), "read", broken)
    status, body = await house.scim("GET", "/Users")
    assert (status, body["status"]) == (500, "500")
    assert "Its id is" in body["detail"]


async def test_a_database_that_refuses_is_a_503_to_be_repeated(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses()

    async def full(*_: Any) -> None:
        raise StoreError("database_full", "There is no room left to write.")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.parts.database), "write", full)
        status, body = await house.scim("POST", "/Users", {"userName": "mia@acme.example"})
    assert (status, body["status"]) == (503, "503")


async def test_health_readiness_and_metrics_answer(houses: Houses) -> None:
    house = await houses()
    await house.user("mia")
    assert house._session is not None
    for path, expected in (("/healthz", b"ok"), ("/readyz", b'"ready":true'), ("/metrics", b"bridge_scim_requests_total")):
        async with house._session.get(house.url + path) as answer:
            assert answer.status == 200
            assert expected in await answer.read()


async def test_not_ready_without_a_database(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses()

    async def gone(*_: Any) -> None:
        raise StoreError("database_unreachable", "The database can't be reached.")

    monkeypatch.setattr(type(house.parts.database), "read", gone)
    assert house._session is not None
    async with house._session.get(house.url + "/readyz") as answer:
        assert answer.status == 503


async def test_a_method_beyond_the_usual_ones_is_no_label_of_a_metric(houses: Houses) -> None:
    house = await houses()
    status, _ = await house.scim("PROPFIND", "/Users")
    assert status == 405
    assert house._session is not None
    async with house._session.get(house.url + "/metrics") as answer:
        text = (await answer.read()).decode()
    assert 'method="other"' in text
    assert "PROPFIND" not in text


async def test_last_uses_are_written_although_the_database_refused_once(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "NOTED_SECONDS", 0.01)
    refused, use = [], gate._use

    def once(tx: Tx, used: Any) -> None:
        if not refused:
            refused.append(True)
            raise StoreError("database_busy", "Another process kept the database locked for too long.")
        use(tx, used)

    monkeypatch.setattr(gate, "_use", once)
    house = await houses()
    await _status(house, house.secrets["acme"])

    async def noted() -> bool:
        found = await house.parts.database.read(lambda tx: tokens.of(tx, "acme"))
        return bool(refused) and any(one.last_used for one in found)

    await house.until(noted)


async def test_failures_are_on_record_when_a_flush_ends_although_another_one_was_at_it(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last flush before the service stops must not find that nothing is left, and let the database be closed."""
    house = await houses()
    assert await _status(house, "brg_wrong") == 401
    write, begun, go_on = house.parts.database.write, asyncio.Event(), asyncio.Event()

    async def slowly(work: Callable[[Tx], Any]) -> Any:
        begun.set()
        await go_on.wait()
        return await write(work)

    monkeypatch.setattr(house.parts.database, "write", slowly)
    first = asyncio.create_task(house.parts.gate.note_failures(all=True))
    await begun.wait()
    second = asyncio.create_task(house.parts.gate.note_failures(all=True))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not second.done()
    go_on.set()
    await second
    assert await house.audit("authentication.failed")
    await first
