"""Failed authentications are counted by address and minute, in bounded memory."""

from bridge.callers.throttle import A_MINUTE, ELSEWHERE, MOST, Throttle
from bridge.callers.visitor import Refusal

WRONG = Refusal("unknown_token")
NOON = 1_790_000_040_000  # a minute's begin


def test_too_many_failures_of_one_address_wait_for_the_end_of_the_minute() -> None:
    throttle = Throttle()
    assert {throttle.failed("192.0.2.1", "acme", WRONG, NOON + 100) for _ in range(A_MINUTE)} == {None}
    assert throttle.failed("192.0.2.1", "acme", WRONG, NOON + 100) == 60
    assert throttle.failed("192.0.2.1", "acme", WRONG, NOON + 59_999) == 1
    assert throttle.failed("192.0.2.1", "acme", WRONG, NOON + 60_000) is None


def test_another_address_does_not_wait() -> None:
    throttle = Throttle()
    for _ in range(A_MINUTE + 1):
        throttle.failed("192.0.2.1", "acme", WRONG, NOON)
    assert throttle.failed("192.0.2.2", "acme", WRONG, NOON) is None


def test_a_minute_that_is_over_is_one_row_for_each_address_and_connection() -> None:
    throttle = Throttle()
    for refusal in (WRONG, WRONG, Refusal("not_pinned", "oid 1"), Refusal("not_pinned", "oid 2")):
        throttle.failed("192.0.2.1", "acme", refusal, NOON)
    throttle.failed("192.0.2.1", None, WRONG, NOON)
    assert throttle.over(NOON + 59_999) == []
    rows = throttle.over(NOON + 60_000)
    assert [(row.at, row.address, row.connection, row.about) for row in rows] == [
        (NOON, "192.0.2.1", "acme", "oid 1"),
        (NOON, "192.0.2.1", "-", ""),
    ]
    assert rows[0].reasons == {"unknown_token": 2, "not_pinned": 2}
    assert throttle.over(NOON + 60_000) == []


def test_the_present_minute_can_be_taken_out_without_forgetting_the_count() -> None:
    throttle = Throttle()
    for _ in range(A_MINUTE):
        throttle.failed("192.0.2.1", "acme", WRONG, NOON)
    assert [row.reasons.total() for row in throttle.over(NOON, all=True)] == [A_MINUTE]
    assert throttle.failed("192.0.2.1", "acme", WRONG, NOON) == 60


def test_more_addresses_than_are_told_apart_share_one_row_and_one_count() -> None:
    throttle = Throttle()
    waits = [throttle.failed(f"address {number}", "acme", WRONG, NOON) for number in range(3 * MOST)]
    assert waits.count(None) == MOST + A_MINUTE
    rows = throttle.over(NOON + 60_000)
    assert len(rows) == MOST + 1
    assert sum(row.reasons.total() for row in rows) == 3 * MOST
    assert rows[-1].address == ELSEWHERE


def test_rows_that_could_not_be_written_come_again_but_not_without_end() -> None:
    throttle = Throttle()
    for minute in range(10):
        for number in range(MOST):
            throttle.failed(f"address {number}", "acme", WRONG, NOON + minute * 60_000)
        throttle.put_back(throttle.over(NOON + (minute + 1) * 60_000))
    rows = throttle.over(NOON + 11 * 60_000)
    assert len(rows) == 4 * MOST
    assert rows[-1].at == NOON + 9 * 60_000


def test_what_could_not_be_written_stands_before_what_came_meanwhile() -> None:
    throttle = Throttle()
    throttle.failed("192.0.2.1", "acme", WRONG, NOON)
    refused = throttle.over(NOON, all=True)
    for minute in (1, 2):
        throttle.failed("192.0.2.1", "acme", WRONG, NOON + minute * 60_000)
    throttle.put_back(refused)
    assert [row.at for row in throttle.over(NOON + 180_000)] == [NOON, NOON + 60_000, NOON + 120_000]
