"""The short form of `python -m bench.chaos`: ten seeds of random changes, hand edits, faults and deaths."""

from tests.bench.short import short


def test_ten_companies_end_as_the_model_allows_whatever_happens_to_them() -> None:
    assert "nothing foreign was touched" in short("bench.chaos", "--quick", "--jobs", "3")
