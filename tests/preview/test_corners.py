"""What random companies come to rarely: rollbacks, a Clerk out of reach, humans of two connections, files that are gone."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bridge.answers.preview import Governors, Preview, nobody_asked, preview
from bridge.answers.report import report
from bridge.people.grant import State
from bridge.rulebook import taking, versions
from bridge.rulebook.proposals import read_file
from tests.support.house import RULES, House

Houses = Callable[..., Awaitable[House]]
ALL = [{"name": "All", "when": {"everyone": True}, "grant": {"production": "viewer", "research": "editor"}}]


async def _previewed(
    house: House, rules: Sequence[Any], *, connection: str = "acme", governors: Governors = nobody_asked
) -> Preview:
    """Of a file beside those that are watched."""
    house.mapping(connection, rules=rules)
    watched = house.folder / "config" / "mappings" / f"{connection}.yaml"
    proposed = watched.rename(house.folder / watched.name)
    return await preview(house.parts.tools, read_file(house.parts.settings, proposed), governors=governors)


async def _with_bought(house: House, **keys: Any) -> None:
    """A second connection of the same customer, with the domain of the first."""
    await house.stop()
    house.connection("acme", shared_with=["bought"])
    house.connection("bought", customer="Acme", **keys)
    await house.start()


async def test_after_a_rollback_a_hold_is_announced_under_the_number_that_the_file_gets(houses: Houses) -> None:
    house = await houses(brake={"people": 1, "percent": 0, "within": "15m"})
    await house.people(3, "engineers")
    house.mapping(rules=[*RULES, {"name": "More", "when": {"group": "more"}, "grant": {"research": "viewer"}}])
    database, acme = house.parts.database, house.parts.settings.connections["acme"]

    async def second() -> bool:
        row = await database.read(lambda tx: versions.service(tx, "acme"))
        return row is not None and row.version == 2

    await house.until(second)
    await taking.rollback(database, acme, None, now=house.clock(), actor="cli:test")
    await house.idle()
    foreseen = await _previewed(house, [{**ALL[0], "when": {"group": "none"}}])
    assert foreseen.against is not None
    assert foreseen.against[0] == 1
    assert {change.why for one in foreseen.affected for change in one.changes} == {
        "3 people lose access by one change (mapping version 3), and 1 may"
    }


async def test_a_clerk_out_of_reach_is_asked_once_whatever_is_lost(houses: Houses) -> None:
    house = await houses(rules=[{**ALL[0], "grant": {"production": "owner", "research": "owner"}}])
    await house.people(2, "engineers")
    asked: list[str] = []

    async def unreachable(organization: str) -> None:
        asked.append(organization)

    foreseen = await _previewed(house, ALL, governors=unreachable)
    assert len(asked) == 1
    assert "Clerk was not asked who governs the workspaces" in foreseen.notes[0]


async def test_who_has_access_through_another_connection_is_said_to_be_joined_with_that(houses: Houses) -> None:
    house = await houses(rules=ALL)
    await _with_bought(house, domains=["bought.example"])
    address = "mia@acme.example"
    await house.user("mia")
    await house.user("mia", connection="bought", userName=address, emails=[{"value": address, "primary": True}])
    await house.user("eve", connection="bought")
    await house.idle()
    foreseen = await _previewed(house, ALL, connection="bought")
    assert (foreseen.against, foreseen.people) == (None, 2)
    assert [note for note in foreseen.notes if "by their address: 1 of those who gain something" in note]


async def test_an_address_whose_clerk_user_is_somebody_else_is_foreseen_as_a_conflict(houses: Houses) -> None:
    house = await houses()
    address = "mia@acme.example"
    former = await house.user("mia")
    await house.group("engineers", former)
    await house.idle()
    await house.deactivate(former)
    again = await house.user("mia2", userName="mia2@acme.example", emails=[{"value": address, "primary": True}])
    await house.group("newcomers", again)
    await house.idle()
    rules = [{**RULES[2], "when": {"group": "newcomers"}}]
    (one,) = (await _previewed(house, rules)).affected
    assert [(change.kind, change.state) for change in one.changes] == [("add", State.CONFLICT)]
    assert one.changes[0].why == f"{address} belongs to another person of acme."
    house.mapping(rules=rules)

    async def disputed() -> bool:
        return bool(await house.audit("person.conflict"))

    await house.until(disputed)


async def test_a_plan_tells_of_people_whose_connection_has_no_file_any_more(houses: Houses) -> None:
    house = await houses(rules=ALL)
    await _with_bought(house, mode="observe")
    await house.user("eve", connection="bought")
    house.mapping("bought", rules=ALL)
    await house.idle()

    async def decided() -> bool:
        return bool(await house.audit("mapping.taken", connection="bought"))

    await house.until(decided)
    await house.idle()
    assert len((await report(house.parts.tools)).changes) == 2
    await house.stop()
    for kind in ("connections", "mappings"):
        (house.folder / "config" / kind / "bought.yaml").unlink()
    house.connection("acme")
    await house.start()
    await house.idle()
    assert {change.email for change in (await report(house.parts.tools)).changes} == {"eve@bought.example"}
