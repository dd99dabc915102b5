"""The short form of `python -m bench.kill9`: the service is killed three times and nothing is lost."""

from tests.bench.short import short


def test_a_service_killed_at_random_moments_loses_nothing_and_makes_nobody_twice() -> None:
    said = short("bench.kill9", "--kills", "3", "--people", "25", "--seed", "7")
    assert "nothing lost, nobody twice, Clerk has what is decided" in said
