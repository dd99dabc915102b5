"""The rate limit as a budget: never too many calls in any ten seconds, the urgent first, nobody forgotten."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.clerk.budget import WINDOW, Budget, Lane
from tests.support.flying import fly

Spent = list[tuple[float, Lane]]
slowly = settings(deadline=None)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _spend(budget: Budget, lane: Lane, spent: Spent, after: float = 0.0) -> None:
    await asyncio.sleep(after)
    await budget.spend(lane)
    spent.append((_now(), lane))


def _run(limit: int, *calls: tuple[float, Lane]) -> Spent:
    """When calls that come at these times go, in the order they go."""

    async def work() -> Spent:
        budget, spent = Budget(limit), Spent()
        await asyncio.gather(*(_spend(budget, lane, spent, at) for at, lane in calls))
        return spent

    return fly(work())


def _most_in_a_window(times: list[float]) -> int:
    return max(sum(start <= one < start + WINDOW - 1e-6 for one in times) for start in times)


@slowly
@given(
    st.integers(min_value=1, max_value=30),
    st.lists(st.tuples(st.floats(min_value=0, max_value=25), st.sampled_from(Lane)), min_size=1, max_size=120),
)
def test_there_are_never_more_calls_in_ten_seconds_than_the_limit(limit: int, calls: list[tuple[float, Lane]]) -> None:
    spent = _run(limit, *calls)
    assert len(spent) == len(calls)
    assert _most_in_a_window([at for at, _ in spent]) <= limit


@slowly
@given(st.lists(st.tuples(st.floats(min_value=0, max_value=25), st.sampled_from(Lane)), min_size=1, max_size=120))
def test_a_tenth_is_kept_for_the_urgent(calls: list[tuple[float, Lane]]) -> None:
    spent = _run(20, *calls)
    for at, lane in spent:
        before = sum(at - WINDOW + 1e-6 < other <= at for other, _ in spent)
        if lane is not Lane.URGENT and not any(other == at and who is Lane.URGENT for other, who in spent):
            assert before <= 18


def test_within_the_limit_nobody_waits() -> None:
    assert [at for at, _ in _run(100, *[(0.0, Lane.URGENT)] * 100)] == [0.0] * 100


def test_the_whole_limit_is_used_in_every_window() -> None:
    spent = [at for at, _ in _run(10, *[(0.0, Lane.URGENT)] * 35)]
    assert [round(at, 3) for at in spent] == [0.0] * 10 + [10.0] * 10 + [20.0] * 10 + [30.0] * 5


def test_the_urgent_goes_first_then_the_ordinary_then_bulk_each_in_its_order() -> None:
    full = [(0.0, Lane.URGENT)] * 10
    late = [(1.0, Lane.BULK), (2.0, Lane.NORMAL), (3.0, Lane.BULK), (4.0, Lane.URGENT), (5.0, Lane.NORMAL)]
    order = [lane for _, lane in _run(10, *full, *late)][10:]
    assert order == [Lane.URGENT, Lane.NORMAL, Lane.NORMAL, Lane.BULK, Lane.BULK]


def test_an_urgent_call_takes_the_reserve_while_bulk_waits() -> None:
    bulk = [(0.0, Lane.BULK)] * 95
    spent = _run(100, *bulk, (1.0, Lane.URGENT))
    assert sum(at == 0.0 for at, _ in spent) == 90
    assert (1.0, Lane.URGENT) in spent


def test_a_caller_who_gives_up_spends_nothing_and_holds_nobody_back() -> None:
    async def work(budget: Budget, spent: Spent) -> None:
        for _ in range(10):
            await budget.spend(Lane.URGENT)
        leaver = asyncio.create_task(_spend(budget, Lane.URGENT, spent))
        others = [asyncio.create_task(_spend(budget, Lane.URGENT, spent)) for _ in range(10)]
        await asyncio.sleep(1)
        leaver.cancel()
        await asyncio.gather(leaver, *others, return_exceptions=True)
        assert leaver.cancelled()
        assert [round(at, 3) for at, _ in spent] == [10.0] * 10  # with the leaver's share one would wait till 20

    fly(work(Budget(10), []))


def test_while_clerk_asks_for_a_pause_nobody_calls_not_even_the_urgent() -> None:
    async def work(budget: Budget, spent: Spent) -> None:
        budget.pause(7)
        await asyncio.gather(*(_spend(budget, lane, spent, at) for at, lane in [(0, Lane.BULK), (3, Lane.URGENT)]))
        assert [(round(at, 3), lane) for at, lane in spent] == [(7.0, Lane.URGENT), (7.0, Lane.BULK)]

    fly(work(Budget(100), []))


def test_a_pause_reaches_those_who_wait_already_and_a_shorter_one_shortens_nothing() -> None:
    async def work(budget: Budget, spent: Spent) -> None:
        await budget.spend(Lane.NORMAL)
        waiting = asyncio.create_task(_spend(budget, Lane.NORMAL, spent))
        await asyncio.sleep(2)
        budget.pause(20)
        budget.pause(1)
        await waiting
        assert round(spent[0][0], 3) == 22.0

    fly(work(Budget(1), []))


@pytest.mark.parametrize("lane", Lane)
def test_the_time_waited_is_counted(lane: Lane, counted: Callable[..., float]) -> None:
    async def work(budget: Budget) -> None:
        for _ in range(10):
            await budget.spend(Lane.URGENT)
        await budget.spend(lane)

    before = counted("bridge_clerk_wait_seconds_total")
    fly(work(Budget(10)))
    assert round(counted("bridge_clerk_wait_seconds_total") - before, 3) == 10.0
