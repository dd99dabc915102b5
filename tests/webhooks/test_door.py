"""POST /webhooks/clerk: what is Clerk's is kept once and acknowledged fast; everything else is told why not."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import structlog
from sqlalchemy import text
from svix.webhooks import Webhook

from bridge.store.errors import StoreError
from bridge.webhooks import act, inbox, reader
from tests.support.house import WEBHOOK_SECRET, House

Houses = Callable[..., Awaitable[House]]
_ROWS = text("SELECT id, type, done FROM clerk_event ORDER BY id")


@dataclass
class Sender:
    """Sends as Svix does, signed by its own library."""

    house: House
    type: str = "user.updated"
    data: Any = field(default_factory=lambda: {"object": "user", "id": "user_1", "banned": False})

    async def send(self, id: str = "msg_1", *, age: float = 0, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        at = int(time.time() - age)
        now = int(time.time() * 1000)
        event = {"object": "event", "type": self.type, "data": self.data, "timestamp": now, "instance_id": "ins_1"}
        body = orjson.dumps(event) if body is None else body
        signature = Webhook(WEBHOOK_SECRET).sign(id, datetime.fromtimestamp(at, UTC), body.decode())
        given = {"svix-id": id, "svix-timestamp": str(at), "svix-signature": signature}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        assert self.house._session is not None
        data = io.BytesIO(body)
        async with self.house._session.post(f"{self.house.url}/webhooks/clerk", data=data, headers=given) as answer:
            return answer.status, await answer.json()

    async def rows(self) -> list[tuple[str, str, bool]]:
        """(id, type, whether it was acted on) of each event that was kept."""
        found = await self.house.parts.database.read(lambda tx: tx.all(_ROWS))
        return [(row["id"], row["type"], row["done"] is not None) for row in found]

    async def done(self) -> None:
        """Until everything that was kept is acted on."""

        async def all_of_it() -> bool:
            return await self.house.parts.database.point(lambda tx: inbox.oldest(tx, "main")) is None

        await self.house.until(all_of_it)


@pytest.fixture
async def sender(houses: Houses) -> Sender:
    return Sender(await houses())


async def test_what_is_clerks_is_kept_and_acted_on(sender: Sender) -> None:
    assert await sender.send() == (200, {"status": "kept"})
    await sender.done()
    assert await sender.rows() == [("msg_1", "user.updated", True)]


async def test_a_second_delivery_is_acknowledged_and_kept_once(sender: Sender) -> None:
    assert (await sender.send())[0] == 200
    await sender.done()
    assert await sender.send() == (200, {"status": "known"})
    assert len(await sender.rows()) == 1


async def test_of_many_deliveries_at_once_one_is_kept(sender: Sender) -> None:
    answers = await asyncio.gather(*(sender.send() for _ in range(8)))
    assert sorted(body["status"] for _, body in answers) == ["kept", *["known"] * 7]


async def test_a_forged_delivery_leaves_no_trace(sender: Sender) -> None:
    status, problem = await sender.send(svix_signature="v1,AAAA")
    assert (status, problem["code"]) == (401, "webhook_forged")
    assert "webhook_signing_secret" in problem["hint"]
    assert await sender.rows() == []


@pytest.mark.parametrize(
    "age", [301, -360, 86_400]
)  # one from the future gets younger on its way; test_signature has the edge
async def test_a_replayed_delivery_leaves_no_trace(sender: Sender, age: float) -> None:
    status, problem = await sender.send(age=age)
    assert (status, problem["code"]) == (401, "webhook_stale")
    assert await sender.rows() == []


async def test_an_unsigned_delivery_is_told_what_is_missing(sender: Sender) -> None:
    status, problem = await sender.send(svix_signature="")
    assert (status, problem["code"]) == (400, "webhook_unsigned")


async def test_a_body_without_end_is_refused(sender: Sender) -> None:
    status, problem = await sender.send(body=b"x" * (1024 * 1024 + 1))
    assert (status, problem["code"]) == (413, "webhook_too_large")


async def test_only_post_is_offered(sender: Sender) -> None:
    assert sender.house._session is not None
    async with sender.house._session.get(f"{sender.house.url}/webhooks/clerk") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert (await answer.json())["sentence"]


async def test_without_a_secret_svix_is_told_to_come_again(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    given = House.environment.fget  # type: ignore[attr-defined]
    without = property(lambda self: {**given(self), "CLERK_WEBHOOK_SIGNING_SECRET": ""})
    monkeypatch.setattr(House, "environment", without)
    sender = Sender(await houses())
    status, problem = await sender.send()
    assert (status, problem["code"]) == (503, "webhook_unconfigured")


async def test_what_clerk_signed_and_nobody_can_read_is_passed_over(sender: Sender) -> None:
    with structlog.testing.capture_logs() as logs:
        assert (await sender.send("msg_1", body=b'{"type": "user.created"}'))[0] == 200
        assert (await sender.send("msg_2"))[0] == 200
        await sender.done()
    assert [row[1] for row in await sender.rows()] == ["(unreadable)", "user.updated"]
    assert [line["problem"] for line in logs if line.get("id") == "msg_1"] == ["KeyError: 'data'"]


async def test_types_that_say_nothing_to_us_are_acknowledged(sender: Sender) -> None:
    sender.type, sender.data = "email.created", {"object": "email", "id": "ema_1"}
    assert (await sender.send())[0] == 200
    await sender.done()


async def test_a_database_that_is_away_is_a_503_and_nothing_is_lost(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(work: Any) -> Any:
        raise StoreError("database_unreachable", "The database can't be reached.")

    with monkeypatch.context() as patched:
        patched.setattr(type(sender.house.parts.database), "write", lambda self, work: away(work))
        status, problem = await sender.send()
        assert (status, problem["code"]) == (503, "database_unreachable")
    assert await sender.send() == (200, {"status": "kept"})


async def test_the_answer_is_fast_while_the_database_is_busy(sender: Sender) -> None:
    """Hundreds of other writes wait: the insert shares a commit with them, or goes beside them."""
    database = sender.house.parts.database
    touch = text("UPDATE person SET problem = problem WHERE pk = 0")
    others = [asyncio.create_task(database.write(lambda tx: tx.run(touch))) for _ in range(600)]
    began = time.monotonic()
    assert (await sender.send())[0] == 200
    took = time.monotonic() - began
    await asyncio.gather(*others)
    assert took < 2


async def test_an_event_that_breaks_us_does_not_stop_the_others(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    real = act.judge

    def breaks(event: Any, *rest: Any, **more: Any) -> Any:
        if event.id == "msg_2":
            raise RuntimeError("a mistake of ours")
        return real(event, *rest, **more)

    monkeypatch.setattr(act, "judge", breaks)
    with structlog.testing.capture_logs() as logs:
        for number in range(1, 5):
            assert (await sender.send(f"msg_{number}"))[0] == 200
        await sender.done()
    assert any(line["log_level"] == "error" for line in logs)
    assert [row[0] for row in await sender.rows()] == ["msg_1", "msg_2", "msg_3", "msg_4"]


async def test_events_are_forgotten_after_three_days(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "FORGET", 0.0)  # before the service forgets for the first time, and for an hour
    sender = Sender(await houses())
    await sender.send()
    await sender.done()
    sender.house.clock.jump(3 * 86_400 + 60)

    async def forgotten() -> bool:
        return await sender.rows() == []

    await sender.house.until(forgotten)


async def test_ten_thousand_events_do_not_hold_the_loop(sender: Sender) -> None:
    """The service answers while it reads them; nothing of them costs a call."""
    database, now = sender.house.parts.database, int(time.time() * 1000)
    row = text(
        """INSERT INTO clerk_event (id, clerk_instance, type, at, received, clerk_user, organization, facts)
        VALUES (:id, 'main', 'organizationMembership.updated', :at, :at, :user, 'org_1', :facts)"""
    )
    facts = '{"id": "orgmem_1", "role": "org:editor"}'
    rows = [{"id": f"m{one}", "at": now - 10_000 + one, "user": f"user_{one}", "facts": facts} for one in range(10_000)]
    await database.write(lambda tx: tx.many(row, rows))
    sender.house.sandbox.reset_calls()
    longest, reading = 0.0, asyncio.create_task(sender.done())
    while not reading.done():
        began = time.monotonic()
        await asyncio.sleep(0)
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.001)
    await reading
    assert longest < 0.5
    assert sender.house.sandbox.calls() == {}
