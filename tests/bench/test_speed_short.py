"""The short form of `python -m bench`: every kind is measured on both servers, and nothing is refused under load."""

from bench.kinds import KINDS
from tests.bench.short import short


def test_every_kind_is_measured_beside_its_bar_and_no_request_is_refused() -> None:
    said = short("bench", "--quick", "--engine", "sqlite")
    assert "every request got its 2xx" in said
    figures = {line[:35].strip(): line[35:].split() for line in said.splitlines()}
    for kind in KINDS:
        floor, service, ratio, _, bar, *_ = figures[kind.name]
        assert int(floor) > 0
        assert int(service) > 0
        assert float(ratio) > 0
        assert float(bar) == kind.bar
