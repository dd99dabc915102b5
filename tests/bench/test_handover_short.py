"""The short form of `python -m bench.handover`: a lease holder dies, then both replicas are restarted in turn."""

from tests.bench.short import short


def test_when_the_lease_holder_dies_the_other_replica_takes_over_and_nothing_is_lost() -> None:
    assert "the other replica took over each time" in short("bench.handover", "--quick")
