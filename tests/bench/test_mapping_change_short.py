"""The short form of `python -m bench.mapping_change`: everybody's rules change under traffic, on both engines."""

import pytest

from tests.bench.short import short


@pytest.mark.parametrize("engine", [(), ("--postgresql",)], ids=["sqlite", "postgresql"])
def test_a_change_of_everybodys_rules_under_traffic_fails_no_request_and_mixes_no_versions(engine: tuple[str, ...]) -> None:
    said = short("bench.mapping_change", "--quick", *engine)
    assert "no request failed, nobody was decided by a mix" in said
    assert "; 0 by a mix of versions" in said
