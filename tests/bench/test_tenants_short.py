"""The short form of `python -m bench.tenants`: four connections, two replicas, one PostgreSQL."""

from tests.bench.short import short


def test_four_connections_under_load_never_see_and_never_lose_anything() -> None:
    assert "nothing crossed over, nothing was lost" in short("bench.tenants", "--quick")
