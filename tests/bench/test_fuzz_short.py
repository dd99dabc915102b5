"""The short form of `python -m bench.fuzz`: a thousand damaged requests at four connections, others on each engine."""

import pytest

from tests.bench.short import short


@pytest.mark.parametrize(("seed", "engine"), [("11", ()), ("12", ("--postgresql",))], ids=["sqlite", "postgresql"])
def test_whatever_is_sent_no_request_fails_costs_a_second_or_crosses_over(seed: str, engine: tuple[str, ...]) -> None:
    assert f"nothing gave way (seed {seed})" in short("bench.fuzz", "--quick", "--seed", seed, *engine)
