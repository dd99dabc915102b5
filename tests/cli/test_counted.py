"""How commands and causes count."""

from bridge.counted import many, people, they
from bridge.provisioning.brake import Losers


def test_one_is_said_otherwise_than_many() -> None:
    assert [many(count, "rule") for count in (0, 1, 1204)] == ["0 rules", "1 rule", "1,204 rules"]
    assert [people(count) for count in (0, 1, 2)] == ["0 people", "1 person", "2 people"]
    assert [they(count, "waits", "wait") for count in (1, 2)] == ["1 person waits", "2 people wait"]


def test_the_cause_of_a_hold_is_right_for_one_person_too() -> None:
    cause = Losers({("acme", None): {7}}).too_many(lambda *_: 0, "mapping version 2")
    assert cause == "1 person loses access by one change (mapping version 2), and 0 may"
