"""The rate limit as a budget: never too many calls in any ten seconds, the urgent first, nobody forgotten."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clerk.budget import WINDOW, Budget, Lane, Objects
from tests.support.flying import fly

Spent = list[tuple[float, Lane]]


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


@given(
    st.integers(min_value=1, max_value=30),
    st.lists(st.tuples(st.floats(min_value=0, max_value=25), st.sampled_from(Lane)), min_size=1, max_size=120),
)
def test_there_are_never_more_calls_in_ten_seconds_than_the_limit(limit: int, calls: list[tuple[float, Lane]]) -> None:
    spent = _run(limit, *calls)
    assert len(spent) == len(calls)
    assert _most_in_a_window([at for at, _ in spent]) <= limit


@given(st.lists(st.tuples(st.floats(min_value=0, max_value=25), st.sampled_from(Lane)), min_size=1, max_size=120))
def test_a_part_is_never_lent(calls: list[tuple[float, Lane]]) -> None:
    spent = _run(100, *calls)
    for place, (at, lane) in enumerate(spent):
        before = sum(at - WINDOW + 1e-6 < other for other, _ in spent[:place])
        assert lane is Lane.URGENT or before < 97


@given(st.lists(st.tuples(st.floats(min_value=0, max_value=25), st.sampled_from(Lane)), min_size=1, max_size=120))
def test_ordinary_and_bulk_work_goes_at_an_even_pace(calls: list[tuple[float, Lane]]) -> None:
    """So that a window is never used up at its beginning: two seconds' worth in a second, and no more."""
    others = [at for at, lane in _run(20, *calls) if lane is not Lane.URGENT]
    assert all(sum(start <= one < start + 1 - 1e-6 for one in others) <= 4 for start in others)


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


def test_an_urgent_call_goes_at_once_however_much_bulk_waits() -> None:
    bulk, urgent = [(0.0, Lane.BULK)] * 400, [(15.0, Lane.URGENT)] * 3
    spent = _run(100, *bulk, *urgent)
    assert spent.count((15.0, Lane.URGENT)) == 3


def test_while_nobody_is_urgent_bulk_has_nearly_all_of_the_limit() -> None:
    spent = _run(1000, *[(0.0, Lane.BULK)] * 6000)
    assert spent[-1][0] < 60 * 1.05


def test_fifty_people_are_signed_out_within_two_seconds_while_bulk_takes_all_it_can() -> None:
    """Each is a list of sessions and two revocations."""
    bulk, urgent = [(0.0, Lane.BULK)] * 4000, [(23.0, Lane.URGENT)] * 150
    spent = _run(1000, *bulk, *urgent)
    assert max(at for at, lane in spent if lane is Lane.URGENT) < 25


def test_a_share_that_grows_lets_those_go_who_wait() -> None:
    async def work(budget: Budget, spent: Spent) -> None:
        waiting = [asyncio.create_task(_spend(budget, Lane.URGENT, spent)) for _ in range(30)]
        await asyncio.sleep(1)
        assert len(spent) == 10
        budget.resize(100)
        await asyncio.gather(*waiting)
        assert [round(at, 3) for at, _ in spent] == [0.0] * 10 + [1.0] * 20

    fly(work(Budget(10), []))


def test_one_object_is_changed_ten_times_in_ten_seconds_and_no_other_waits_for_it() -> None:
    async def work(objects: Objects) -> None:
        async def change(key: str) -> float:
            await objects.turn(key)
            return round(_now(), 3)

        *same, other = await asyncio.gather(*(change("a") for _ in range(25)), change("b"))
        assert sorted(same) == [0.0] * 10 + [10.0] * 10 + [20.0] * 5
        assert other == 0.0

    fly(work(Objects()))


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

    waited = partial(counted, "bridge_clerk_wait_seconds_total", lane=lane.name.lower())
    before = waited()
    fly(work(Budget(10)))
    assert round(waited() - before, 3) == 10.0
