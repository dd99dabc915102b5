"""Whose turn it is: a content is taken once, a revert is a change, a rollback is not undone, two replicas don't flap."""

import asyncio
from typing import Any

import pytest

from bridge.errors import BridgeError
from bridge.rulebook import taking
from bridge.rulebook.verdict import Looked, judge
from tests.rulebook.conftest import Replica, Starts, mapping

ONE, TWO, THREE = mapping("viewer"), mapping("editor"), mapping("admin")
SEEN = Looked("new", True, settled="old", serving="old", version=None, changed=False, waits=False, by_hand=False)


async def _after(starts: Starts, *texts: str, **keys: Any) -> Replica:
    """A replica whose file had these texts, one after the other, an hour ago and later."""
    replica = await starts(**keys)
    for text in texts:
        replica.clock.now += 60_000
        replica.write(text, age=1)
        await replica.ticks()
    return replica


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, "taken"),
        ({"by_hand": True}, "waiting"),
        ({"ok": False}, "refused"),
        ({"ok": False, "by_hand": True}, "refused"),
        ({"version": 1}, "older"),
        ({"version": 1, "changed": True}, "taken"),
        ({"version": 1, "changed": True, "by_hand": True}, "waiting"),
        ({"version": 1, "waits": True, "by_hand": True}, "waiting"),
        ({"settled": "new"}, "settled"),
        ({"settled": "new", "changed": True}, "settled"),
        ({"settled": "new", "ok": False}, "settled"),
        ({"serving": "new", "changed": True, "version": 1}, "settled"),
    ],
)
def test_what_becomes_of_a_file(changes: dict[str, Any], result: str) -> None:
    fields = {name: getattr(SEEN, name) for name in Looked.__slots__}
    assert judge(Looked(**{**fields, **changes})) == result


async def test_a_file_is_taken_once_whatever_starts_again(starts: Starts) -> None:
    await _after(starts, ONE, TWO)
    for _ in range(3):
        await (await starts()).ticks()
    replica = await starts()
    assert [(one.number, one.before, one.rules) for one in await replica.history()] == [(1, None, 1), (2, 1, 1)]


async def test_a_file_that_is_reverted_to_an_old_text_is_a_new_version(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO, ONE)
    assert [(one.number, one.text, one.before) for one in await replica.history()] == [
        (1, ONE, None),
        (2, TWO, 1),
        (3, ONE, 2),
    ]
    assert await replica.serving() == 3


async def test_a_file_that_was_reverted_while_nobody_served_is_taken_at_the_start(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    replica.clock.now += 60_000
    replica.write(ONE, age=1)
    again = await starts()
    await again.ticks()
    assert await again.serving() == 3


async def test_a_rollback_serves_the_version_that_was_replaced(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    for mark in await replica.due():
        assert mark.cause == "mapping version 2"
    served = await replica.rollback()
    assert (served.version, served.before, await replica.serving()) == (1, 2, 1)
    row = await replica.service()
    assert (row.since, row.actor) == (replica.clock.now, "cli:ada")
    assert [mark.cause for mark in await replica.due()] == ["mapping rolled back to version 1"]
    version = await replica.database.read(lambda tx: replica.rulebook.in_service(tx, "acme"))
    assert version is not None
    assert (version.number, version.taken) == (1, row.since)
    last = (await replica.audit())[-1]
    assert (last.action, last.actor, last.subject, last.facts["from"]) == ("mapping.rolled_back", "cli:ada", "1", 2)


async def test_a_rollback_after_a_rollback_goes_on_back(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO, THREE)
    await replica.rollback()
    await replica.rollback()
    assert await replica.serving() == 1
    with pytest.raises(BridgeError, match="There is none before version 1 of acme"):
        await replica.rollback()


async def test_a_version_that_was_taken_after_a_rollback_goes_back_past_what_was_rolled_back(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    await replica.rollback()
    replica.write(THREE, age=0)
    await replica.ticks()
    assert await replica.serving() == 3
    assert (await replica.rollback()).version == 1


async def test_a_rollback_is_undone_by_nothing_but_a_change_of_the_file(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    await replica.rollback()
    await replica.ticks(3)
    assert await replica.serving() == 1
    replica.write(TWO, age=0)  # touched, mounted or checked out anew: the same content
    await replica.ticks(3)
    again = await starts()
    await again.ticks(3)
    assert (await again.serving(), await again.kind()) == (1, None)
    again.write(THREE, age=0)
    await again.ticks()
    assert await again.serving() == 3


async def test_a_rollback_is_not_undone_by_a_mistake_that_is_put_back(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    await replica.rollback()
    for text in ("rules: [", TWO):
        replica.write(text, age=0)
        await replica.ticks()
    assert (await replica.serving(), await replica.kind()) == (1, None)


async def test_a_rollback_that_the_file_follows_lets_the_file_come_again(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    await replica.rollback()
    for text in (ONE, TWO):  # the repository reverts as well, and later reverts the revert
        replica.write(text, age=0)
        await replica.ticks()
    assert [one.text for one in await replica.history()] == [ONE, TWO, TWO]
    assert await replica.serving() == 3


async def test_another_replica_with_an_older_file_takes_nothing_and_says_so(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    other = await starts("stale")
    other.write(ONE)
    for _ in range(3):  # the lease goes to and fro
        await other.ticks()
        assert (await other.serving(), await other.kind()) == (2, "older")
        await replica.ticks()
    restarted = await starts()
    await restarted.ticks()
    assert (await restarted.serving(), await restarted.kind(), len(await restarted.history())) == (2, None, 2)


async def test_another_replica_with_a_newer_file_is_not_set_back_by_the_first(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    other = await starts("ahead")
    other.write(THREE, age=1)
    await other.ticks()
    for _ in range(3):
        await (await starts()).ticks()
        await replica.ticks()
        await other.ticks()
    assert (await replica.serving(), len(await replica.history())) == (3, 3)


async def test_a_rollback_stays_while_replicas_with_different_files_come_and_go(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    other = await starts("stale")
    other.write(ONE)
    await replica.rollback()
    for _ in range(2):
        await (await starts("stale")).ticks()
        await (await starts()).ticks()
        await replica.ticks()
    assert (await replica.serving(), len(await replica.history())) == (1, 2)


async def test_a_replica_that_catches_up_takes_nothing_twice(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    other = await starts("stale")
    other.write(ONE)
    await other.ticks()
    await replica.rollback()
    other.write(TWO, age=0)
    await other.ticks()
    assert (await replica.serving(), len(await replica.history())) == (1, 2)


async def test_a_rollback_to_a_version_that_no_longer_fits_is_refused(starts: Starts) -> None:
    research = {"production": {"create": "P"}, "research": {"create": "R"}}
    await _after(starts, mapping(workspace="research"), TWO, workspaces=research)
    again = await starts()
    with pytest.raises(BridgeError, match="the workspace research is unknown"):
        await again.rollback()
    assert await again.serving() == 2


async def test_a_rollback_tells_which_tests_fail_by_now_and_does_it(starts: Starts) -> None:
    tests = [{"name": "then", "given": {"groups": ["engineers"]}, "expect": {"production": "viewer"}}]
    rule = {"name": "Engineers", "when": {"group": "engineers"}, "grant": {"production": "viewer"}, "until": "2030-05-01"}
    replica = await _after(starts, mapping(rules=[rule], tests=tests), TWO)
    replica.clock.now += 400 * 24 * 3600 * 1000
    served = await replica.rollback()
    assert (served.version, len(served.failing), await replica.serving()) == (1, 1, 1)


async def test_a_rollback_to_what_is_in_service_or_unknown_changes_nothing(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    before = await replica.audit()
    with pytest.raises(BridgeError, match="Version 2 of acme is in service already"):
        await replica.rollback(2)
    with pytest.raises(BridgeError, match="acme has no mapping version 7") as raised:
        await replica.rollback(7)
    assert raised.value.hint == "They go from 1 to 2."
    assert await replica.audit() == before


async def test_a_file_waits_for_a_hand_and_a_newer_one_takes_its_place(starts: Starts, logged: list[Any]) -> None:
    replica = await _after(starts, ONE, mapping={"activate": "by_hand"})
    assert (await replica.serving(), await replica.kind()) == (None, "waiting")
    assert logged[0]["command"] == "inferpipe-bridge mapping activate acme"
    first = (await replica.service()).verdict
    replica.write(TWO, age=0)
    await replica.ticks(4)
    verdict = (await replica.service()).verdict
    assert verdict is not None
    assert first is not None
    assert (verdict.kind, verdict.digest != first.digest, len(logged)) == ("waiting", True, 2)
    served = await replica.activate()
    assert (served.version, await replica.serving(), await replica.kind()) == (1, 1, None)
    assert [one.text for one in await replica.history()] == [TWO]


async def test_a_waiting_file_that_is_put_back_waits_no_longer(starts: Starts) -> None:
    replica = await _after(starts, ONE, mapping={"activate": "by_hand"})
    await replica.activate()
    for text, kind in ((TWO, "waiting"), (ONE, None), ("rules: [", "refused"), (TWO, "waiting")):
        replica.write(text, age=0)
        await replica.ticks()
        assert await replica.kind() == kind
    assert await replica.serving() == 1


async def test_a_file_that_waits_still_waits_after_a_restart_and_is_taken_when_no_hand_is_asked_for(starts: Starts) -> None:
    await _after(starts, ONE, TWO, mapping={"activate": "by_hand"})
    again = await starts(mapping={"activate": "by_hand"})
    await again.ticks()
    assert (await again.serving(), await again.kind()) == (None, "waiting")
    automatic = await starts()
    await automatic.ticks()
    assert (await automatic.serving(), await automatic.kind()) == (1, None)


async def test_an_old_text_that_waits_goes_on_waiting_after_a_restart(starts: Starts) -> None:
    by_hand = {"activate": "by_hand"}
    replica = await _after(starts, ONE, mapping=by_hand)
    await replica.activate()
    replica.write(TWO, age=0)
    await replica.ticks()
    await replica.activate()
    replica.write(ONE, age=0)
    await replica.ticks()
    replica.write(ONE)  # its time says nothing any more
    again = await starts(mapping=by_hand)
    await again.ticks()
    assert (await again.serving(), await again.kind()) == (2, "waiting")


async def test_activate_takes_what_was_rolled_back_from_and_what_was_put_aside(starts: Starts) -> None:
    replica = await _after(starts, ONE, TWO)
    await replica.rollback()
    assert (await replica.activate()).version == 3
    stale = await starts("stale")
    stale.write(ONE)
    await stale.ticks()
    assert await stale.kind() == "older"
    assert ((await stale.activate()).version, await stale.kind()) == (4, None)


async def test_activate_refuses_what_is_in_service_and_what_is_bad(starts: Starts) -> None:
    replica = await _after(starts, ONE)
    with pytest.raises(BridgeError, match="in service already"):
        await replica.activate()
    replica.write(mapping(workspace="productoin"))
    with pytest.raises(BridgeError, match="did you mean production"):
        await replica.activate()
    assert len(await replica.history()) == 1


async def test_a_rollback_does_not_hit_a_version_that_came_at_the_same_moment(
    starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = await _after(starts, ONE, TWO)
    other = await starts()
    replica.write(THREE, age=0)
    check = taking.check

    def meanwhile(*args: Any) -> Any:
        done = asyncio.run_coroutine_threadsafe(other.ticks(), loop)
        done.result(10)
        return check(*args)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(taking, "check", meanwhile)
    with pytest.raises(BridgeError, match="came into service at this moment"):
        await replica.rollback()
    assert await replica.serving() == 3
