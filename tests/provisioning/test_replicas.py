"""Two services on one PostgreSQL: one lease holder acts on Clerk, the other answers SCIM and takes over when it is gone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.people import find
from bridge.provisioning import reconcile
from bridge.sandbox.testing import RunningSandbox
from tests.support.house import House


@pytest.fixture
async def replicas(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    postgresql_database: str,
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[House, House]]:
    """Two houses of one company; the first holds the lease. The parameter: for how many ms, if not as long as ever."""
    monkeypatch.setattr(reconcile, "LEASE_MS", getattr(request, "param", reconcile.LEASE_MS))
    first, second = (House(tmp_path, sandbox, postgresql_database) for _ in range(2))
    first.connection()
    first.mapping()
    await first.start()
    second.secrets = first.secrets
    await second.start()
    yield first, second
    await first.stop()
    await second.stop()


async def _holds(house: House) -> bool:
    return house.parts.reconciler.holds_lease


async def test_one_of_two_replicas_holds_the_lease_and_serves_what_the_other_was_told(replicas: tuple[House, House]) -> None:
    first, second = replicas
    assert (await _holds(first), await _holds(second)) == (True, False)
    mia = await second.user("mia")
    await second.group("engineers", mia)

    async def there() -> bool:
        return first.roles() == {"mia": {"production": "editor"}}

    await first.until(there)


async def test_a_graceful_stop_hands_the_lease_over_at_once(replicas: tuple[House, House]) -> None:
    first, second = replicas
    await first.stop()
    await second.until(lambda: _holds(second))
    mia = await second.user("mia")
    await second.group("engineers", mia)
    await second.idle()
    assert second.roles() == {"mia": {"production": "editor"}}


@pytest.mark.parametrize("replicas", [400], indirect=True)
async def test_a_replica_that_vanished_loses_the_lease_when_it_runs_out(replicas: tuple[House, House]) -> None:
    first, second = replicas
    first.parts.reconciler._renew = lambda *_, **__: False  # type: ignore[method-assign]
    await second.until(lambda: _holds(second))
    assert not await _holds(first)


async def test_two_replicas_at_once_make_a_workspace_once(
    replicas: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease holder does what the IdP said; the other lets somebody in who stands at its door."""
    first, second = replicas
    monkeypatch.setattr(reconcile, "SLOTS", 0)
    await first.group("engineers", await first.user("mia"), await first.user("zoe"))
    first.sandbox.fault(match="POST /v1/organizations", delay=0.5, times=2)  # both look before either has made it
    people = [await _person(first, name) for name in ("mia", "zoe")]
    await asyncio.gather(first.parts.reconciler.bring(people[0]), second.parts.reconciler.bring(people[1]))
    assert first.sandbox.calls()["POST /v1/organizations"] == 1
    assert first.roles() == {"mia": {"production": "editor"}, "zoe": {"production": "editor"}}


async def _person(house: House, name: str) -> int:
    return (await house.parts.database.read(lambda tx: find.persons(tx, f"{name}@acme.example")))[0].pk
