"""The short form of `python -m bench.arrival`: a company arrives while some leave and others sign in for the first time."""

import pytest

from tests.bench.short import short


@pytest.mark.parametrize("engine", [(), ("--postgresql",)], ids=["sqlite", "postgresql"])
def test_a_company_arrives_while_people_leave_and_people_sign_in(engine: tuple[str, ...]) -> None:
    assert "everybody is in Clerk as decided" in short("bench.arrival", "--quick", *engine)
