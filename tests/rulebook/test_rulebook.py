"""The rules in service, compiled: once per version, whether it goes well or not, whoever asks at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bridge.provisioning import timers
from bridge.provisioning.tools import View
from bridge.rulebook import Rulebook, Unusable, rulebook
from bridge.rulebook.versions import Stored
from tests.rulebook.conftest import Replica, Starts, mapping


def _stored(number: int, text: str | None = None, connection: str = "acme") -> Stored:
    return Stored(connection, number, "", text or mapping(), "acme.yaml", 0, "system", None, 1)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The connections whose rules were compiled, in order."""
    seen: list[str] = []
    check = rulebook.check

    def counts(text: str, file: str, scope: Any, now: Any) -> Any:
        seen.append(scope.connection)
        return check(text, file, scope, now)

    monkeypatch.setattr(rulebook, "check", counts)
    return seen


async def _many(starts: Starts, count: int) -> Replica:
    replica = await starts()
    text = (replica.folder / "connections" / "acme.yaml").read_text(encoding="utf-8")
    for number in range(count):
        other = text.replace("acme.example", f"c{number}.example")
        (replica.folder / "connections" / f"c{number}.yaml").write_text(other, encoding="utf-8")
    return await starts()


async def test_a_version_is_compiled_once_although_many_ask_at_the_same_moment(starts: Starts, compiled: list[str]) -> None:
    book = Rulebook((await starts()).settings.connections)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: book.compiled(_stored(1)), range(32)))
    assert (len(compiled), len({id(one) for one in found})) == (1, 1)


async def test_a_version_that_does_not_fit_is_compiled_once(starts: Starts, compiled: list[str]) -> None:
    replica = await starts()
    replica.write(mapping())
    await replica.ticks()
    narrow = Rulebook((await starts(workspaces={"research": {"create": "R"}})).settings.connections)
    compiled.clear()
    for _ in range(5):
        with pytest.raises(Unusable, match="doesn't fit its connection file any more"):
            await replica.database.read(lambda tx: narrow.in_service(tx, "acme"))
    assert compiled == ["acme"]


async def test_however_many_connections_there_are_none_is_compiled_anew(starts: Starts, compiled: list[str]) -> None:
    book = Rulebook((await _many(starts, 100)).settings.connections)
    stored = [_stored(1, mapping().replace("acme", f"c{number}"), f"c{number}") for number in range(100)]
    for _ in range(3):
        assert not [one for one in map(book.compiled, stored) if isinstance(one, Unusable)]
    assert len(compiled) == 100


async def test_only_the_last_versions_of_a_connection_are_kept(starts: Starts, compiled: list[str]) -> None:
    book = Rulebook((await starts()).settings.connections)
    for number in (1, 2, 3, 2, 3):
        book.compiled(_stored(number))
    assert len(compiled) == 3
    book.compiled(_stored(1))
    assert len(compiled) == 4


async def test_what_the_watch_takes_is_compiled_when_somebody_is_decided(starts: Starts, compiled: list[str]) -> None:
    replica = await starts()
    replica.write(mapping("admin"))
    await replica.ticks()
    version = await replica.database.read(lambda tx: replica.rulebook.in_service(tx, "acme"))
    assert version is not None
    assert (version.number, len(version.ruleset.rules), compiled) == (1, 1, [])


async def test_everybodys_mark_compiles_what_they_are_decided_by_before_anybody_is(
    starts: Starts, compiled: list[str]
) -> None:
    replica = await starts()
    replica.write(mapping())
    await replica.ticks()
    other = Rulebook(replica.settings.connections)  # of the replica that will decide, and has not seen the file
    view = View(database=replica.database, settings=replica.settings, rulebook=other, clock=replica.clock)
    await timers.expand(view)  # type: ignore[arg-type]
    assert (compiled, await replica.due()) == (["acme"], [])
    version = await replica.database.read(lambda tx: other.in_service(tx, "acme"))
    assert version is not None
    assert compiled == ["acme"]
