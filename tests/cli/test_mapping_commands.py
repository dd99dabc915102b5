"""`mapping history|diff|show|activate|rollback` and what `status` says of mappings, beside a running service."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.command_line import json, run
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


def _rules(role: str, workspace: str = "production") -> list[dict[str, Any]]:
    return [{"name": "Engineers", "when": {"group": "engineers"}, "grant": {workspace: role}}]


async def _mapping(house: House) -> Any:
    return (await json(house, "status"))["connections"][0]["mapping"]


async def _until(house: House, **wanted: Any) -> None:
    """Until `status` says so; `kind` is the verdict's."""

    async def there() -> bool:
        found = await _mapping(house)
        found["kind"] = found["verdict"]["kind"] if found["verdict"] else None
        return all(found[name] == value for name, value in wanted.items())

    await house.until(there)


async def _two_versions(houses: Houses, **keys: Any) -> House:
    """Mia is a viewer by version 1 and an editor by version 2, which serves."""
    house = await houses(rules=_rules("viewer"), **keys)
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    house.mapping(rules=_rules("editor"))
    await _until(house, version=2)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    return house


async def test_a_rollback_gives_everybody_what_the_version_before_decides(houses: Houses) -> None:
    house = await _two_versions(houses)
    told = await run(house, "mapping", "rollback", "acme")
    assert told.startswith("acme: version 1 is in service instead of version 2; 1 person is due.\n")
    assert "What of it is not done yet: inferpipe-bridge plan." in told
    assert f"inferpipe-bridge preview {house.folder / 'config' / 'mappings' / 'acme.yaml'}," in told
    assert told.endswith("inferpipe-bridge mapping activate acme.\n")
    await house.idle()
    assert house.roles() == {"mia": {"production": "viewer"}}
    status = await run(house, "status")
    assert "acme: rolled back to version 1 by cli:" in status
    assert "the newest is 2. The file differs and is left alone until it changes." in status
    assert [event.actor[:4] for event in await house.audit("mapping.rolled_back")] == ["cli:"]


async def test_a_rollback_is_still_there_after_a_restart(houses: Houses) -> None:
    house = await _two_versions(houses)
    assert (await json(house, "mapping", "rollback", "acme", "1"))["due"] == 1
    await house.stop()
    await house.start()
    await house.idle()
    found = await _mapping(house)
    assert (found["version"], found["last"], found["rolled_back"], found["file"]) == (1, 2, True, "differs")
    assert house.roles() == {"mia": {"production": "viewer"}}
    await run(house, "mapping", "activate", "acme")
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_a_rollback_of_many_is_held_as_a_whole_like_any_change(houses: Houses) -> None:
    house = await houses(rules=_rules("viewer"))
    await house.people(8, "engineers")
    house.mapping(rules=_rules("editor"))
    await _until(house, version=2)
    await house.idle()
    await run(house, "mapping", "rollback", "acme")
    await house.idle()
    assert set(map(str, house.roles().values())) == {"{'production': 'editor'}"}
    hold = (await house.open_holds())[0]
    assert (hold.people, "mapping rolled back to version 1" in hold.cause) == (8, True)


async def test_what_can_not_be_rolled_back_is_a_sentence(houses: Houses) -> None:
    house = await _two_versions(houses)
    assert "Version 2 of acme is in service already" in await run(house, "mapping", "rollback", "acme", "2", code=1)
    assert "They go from 1 to 2." in await run(house, "mapping", "rollback", "acme", "9", code=1)
    assert "The file is in service already" in await run(house, "mapping", "activate", "acme", code=1)
    assert len(await house.audit("mapping.rolled_back")) == 0


async def test_history_has_the_shape_that_scripts_rely_on(houses: Houses) -> None:
    house = await _two_versions(houses)
    await run(house, "mapping", "rollback", "acme")
    first, second = await json(house, "mapping", "history", "acme")
    assert set(first) == set(second) >= {"version", "in_service", "since", "taken", "actor", "rules", "replaced", "file"}
    assert (first["in_service"], second["in_service"], second["since"]) == (True, False, None)
    assert (first["served_by"][:4], first["actor"], first["rules"], second["replaced"]) == ("cli:", "system", 1, 1)
    text = await run(house, "mapping", "history", "acme")
    assert "in service since" in text.splitlines()[1]
    assert "rolled back to version 1" in text


async def test_diff_shows_what_a_change_of_the_file_says(houses: Houses) -> None:
    house = await _two_versions(houses)
    found = await json(house, "mapping", "diff", "acme", "1", "2")
    assert (found["from"], found["to"], found["same"]) == ("version 1", "version 2", False)
    assert [line for line in found["diff"] if line.startswith(("-  ", "+  "))] == [
        "-    production: viewer",
        "+    production: editor",
    ]
    assert "version 2 and" in await run(house, "mapping", "diff", "acme")
    text = await run(house, "mapping", "diff", "acme", "1")
    assert "+    production: editor\n" in text
    assert "\x1b[" not in text
    assert "\x1b[32m+    production: editor\x1b[0m" in await run(house, "mapping", "diff", "acme", "1", color=True)
    assert "has no mapping version 3" in await run(house, "mapping", "diff", "acme", "3", code=1)


async def test_show_prints_a_version_as_it_was_taken(houses: Houses) -> None:
    house = await _two_versions(houses)
    file = house.folder / "config" / "mappings" / "acme.yaml"
    assert await run(house, "mapping", "show", "acme") == file.read_text(encoding="utf-8")
    found = await json(house, "mapping", "show", "acme", "1")
    assert (found["name"], "production: viewer" in found["text"]) == ("version 1", True)


async def test_status_shows_a_refused_file_with_its_problems_until_it_is_mended(houses: Houses) -> None:
    house = await _two_versions(houses)
    house.mapping(rules=_rules("editor", "productoin"))
    await _until(house, kind="refused")
    found = await _mapping(house)
    assert (found["version"], found["file"]) == (2, "differs")
    assert {key: found["verdict"]["problems"][0][key] for key in ("line", "column", "hint")} == {
        "line": 7,
        "column": 5,
        "hint": "did you mean production?",
    }
    text = await run(house, "status")
    assert "acme: its mapping file is refused since" in text
    assert "version 2 stays in service." in text
    assert "acme.yaml:7:5: the workspace productoin is unknown" in text
    assert "^" in text
    house.mapping(rules=_rules("editor"))
    await _until(house, kind=None, file="same", version=2)
    assert "acme:" not in await run(house, "status")


async def test_status_shows_a_file_that_waits_and_the_command_that_takes_it(houses: Houses) -> None:
    house = await houses(rules=_rules("viewer"), mapping={"activate": "by_hand"})
    text = await run(house, "status")
    assert "acme: a new mapping file waits since" in text
    assert "nothing is in service." in text
    assert "mapping activate acme takes it" in text
    assert "version 1 is in service; 0 people are due." in await run(house, "mapping", "activate", "acme")
    assert (await json(house, "status"))["connections"][0]["mapping_problem"] is None


async def test_status_says_that_the_file_is_gone(houses: Houses) -> None:
    house = await _two_versions(houses)
    (house.folder / "config" / "mappings" / "acme.yaml").unlink()
    await _until(house, kind="gone")
    assert "acme: its mapping file is gone since" in await run(house, "status")
    assert "acme has no mapping file" in await run(house, "mapping", "activate", "acme", code=1)
    assert "or name a version" in await run(house, "mapping", "diff", "acme", code=1)


async def test_status_says_that_nothing_is_decided_by_a_version_that_no_longer_fits(houses: Houses) -> None:
    house = await _two_versions(houses)
    await house.stop()
    house.connection(workspaces={"research": {"create": "Research"}})
    await house.start()
    found = await _mapping(house)
    assert "doesn't fit its connection file any more" in found["unusable"]
    assert "Mapping version 2 of acme doesn't fit" in await run(house, "status")
    assert "doesn't fit the connection file any more" in await run(house, "mapping", "rollback", "acme", code=1)
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


@pytest.mark.parametrize("words", [("rollback", "nobody"), ("history", "nobody"), ("diff", "nobody"), ("show", "nobody")])
async def test_an_unknown_connection_is_a_sentence(houses: Houses, words: tuple[str, ...]) -> None:
    house = await houses()
    assert "There is no connection nobody." in await run(house, "mapping", *words, code=1)
