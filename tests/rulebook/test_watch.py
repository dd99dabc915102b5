"""Files that are written, half written, mended, deleted and swapped: what the watch makes of them."""

import os
from pathlib import Path
from typing import Any

import pytest

from bridge import metrics
from bridge.rulebook import proposals
from tests.rulebook.conftest import Replica, Starts, mapping

BROKEN = mapping(workspace="productoin")


def _gauge(gauge: Any) -> float:
    return float(gauge.labels("acme")._value.get())


def _events(logged: list[Any], word: str) -> list[Any]:
    return [entry for entry in logged if word in entry["event"]]


async def _serving(starts: Starts, text: str | None = None) -> Replica:
    replica = await starts()
    replica.write(text or mapping())
    await replica.ticks()
    assert await replica.serving() == 1
    return replica


async def test_a_file_that_stood_there_before_the_start_is_taken_at_the_first_look(starts: Starts) -> None:
    replica = await starts()
    replica.write(mapping())
    await replica.ticks(1)
    assert await replica.serving() == 1
    assert [mark.cause for mark in await replica.due()] == ["mapping version 1"]
    assert _gauge(metrics.mapping_version) == 1


async def test_a_file_that_was_just_written_at_the_first_look_is_looked_at_a_second_later(starts: Starts) -> None:
    replica = await starts()
    replica.write(mapping(), age=0)
    await replica.ticks(1)
    assert await replica.history() == []
    await replica.ticks(1)
    assert await replica.serving() == 1


async def test_a_file_that_is_being_written_is_not_looked_at_and_nothing_is_said(starts: Starts, logged: list[Any]) -> None:
    replica = await _serving(starts)
    logged.clear()
    whole = mapping("admin")
    for end in (10, 40, 70, len(whole)):  # half of it is no YAML, or no mapping, or one with fewer rules
        replica.write(whole[:end], age=0)
        await replica.ticks(1)
        assert (await replica.serving(), await replica.kind()) == (1, None)
    assert logged == []
    await replica.ticks(1)
    assert await replica.serving() == 2
    assert [entry["event"] for entry in logged] == ["mapping taken into service"]


async def test_a_file_that_changes_while_it_is_read_is_not_taken(starts: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    replica = await _serving(starts)
    replica.write(mapping("admin"), age=0)
    await replica.ticks(1)
    read = proposals.read

    def reads_too_early(*args: Any) -> Any:
        found = read(*args)
        replica.write(mapping("viewer"), age=0)
        return found

    monkeypatch.setattr(proposals, "read", reads_too_early)
    await replica.ticks(1)
    monkeypatch.undo()
    assert await replica.serving() == 1
    await replica.ticks(2)
    assert [stored.text for stored in await replica.history()] == [mapping(), mapping("viewer")]


async def test_a_copy_that_brings_an_old_time_and_the_same_size_along_is_noticed(starts: Starts) -> None:
    replica = await _serving(starts, mapping("editor"))
    before = replica.path.stat()
    replica.path.write_text(mapping("viewer"), encoding="utf-8")
    os.utime(replica.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (replica.path.stat().st_size, replica.path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    await replica.ticks()
    assert await replica.serving() == 2


async def test_a_file_that_is_touched_changes_nothing(starts: Starts, logged: list[Any]) -> None:
    replica = await _serving(starts)
    logged.clear()
    replica.write(mapping(), age=0)
    await replica.ticks()
    assert len(await replica.history()) == 1
    assert logged == []


async def test_a_bad_file_changes_nothing_and_is_told_once_until_it_is_mended(starts: Starts, logged: list[Any]) -> None:
    replica = await _serving(starts)
    logged.clear()
    replica.write(BROKEN, age=0)
    await replica.ticks(5)
    verdict = (await replica.service()).verdict
    assert verdict is not None
    assert (await replica.serving(), verdict.kind, verdict.file) == (1, "refused", str(replica.path))
    assert [(one["line"], one["column"]) for one in verdict.problems] == [(7, 5)]
    assert "did you mean production?" in verdict.sentence
    assert "did you mean production?" in _events(logged, "refused")[0]["problems"][0]
    assert (len(logged), _gauge(metrics.mapping_refused)) == (1, 1)
    assert [event.action for event in await replica.audit()] == ["mapping.taken", "mapping.refused"]
    replica.write(mapping("admin"), age=0)
    await replica.ticks()
    assert (await replica.serving(), await replica.kind(), _gauge(metrics.mapping_refused)) == (2, None, 0)


async def test_a_bad_file_that_is_put_back_clears_the_problem_and_makes_no_version(starts: Starts) -> None:
    replica = await _serving(starts)
    since = (await replica.service()).since
    replica.write(BROKEN, age=0)
    await replica.ticks()
    replica.write(mapping(), age=0)
    await replica.ticks()
    assert (await replica.kind(), len(await replica.history()), (await replica.service()).since) == (None, 1, since)


async def test_a_refusal_is_told_again_by_a_service_that_starts(starts: Starts, logged: list[Any]) -> None:
    replica = await _serving(starts)
    replica.write(BROKEN)
    await replica.ticks()
    at = (await replica.service()).verdict
    logged.clear()
    again = await starts()
    await again.ticks()
    assert len(_events(logged, "refused")) == 1
    assert (await again.service()).verdict == at
    assert len(await again.audit()) == 2


async def test_a_refused_file_that_a_new_connection_file_makes_good_is_taken_at_the_restart(starts: Starts) -> None:
    replica = await _serving(starts)
    replica.write(mapping(workspace="research"))
    await replica.ticks()
    assert await replica.kind() == "refused"
    again = await starts(workspaces={"production": {"create": "P"}, "research": {"create": "R"}})
    await again.ticks()
    assert (await again.serving(), await again.kind()) == (2, None)


async def test_a_deleted_file_changes_nothing_and_is_said(starts: Starts, logged: list[Any]) -> None:
    replica = await _serving(starts)
    logged.clear()
    replica.path.unlink()
    await replica.ticks(1)
    assert await replica.kind() is None  # an editor may be about to put the new one there
    await replica.ticks(3)
    assert (await replica.serving(), await replica.kind(), len(logged)) == (1, "gone", 1)
    replica.write(mapping())
    await replica.ticks()
    assert (await replica.kind(), len(await replica.history())) == (None, 1)


async def test_no_file_and_no_version_is_nothing_to_say(starts: Starts, logged: list[Any]) -> None:
    replica = await starts()
    await replica.ticks(3)
    assert (await replica.serving(), await replica.kind(), logged) == (None, None, [])


async def test_a_swapped_folder_of_links_is_noticed(starts: Starts) -> None:
    """As Kubernetes mounts a ConfigMap: the file is a link into ..data, and ..data is replaced in one rename."""
    replica = await starts()
    mount = replica.folder / "mappings"
    mount.mkdir(parents=True)
    _version_of_the_mount(mount, "..1", mapping())
    (mount / "acme.yaml").symlink_to(Path("..data") / "acme.yaml")
    await replica.ticks()
    assert await replica.serving() == 1
    _version_of_the_mount(mount, "..2", mapping("admin"))
    await replica.ticks()
    assert (await replica.serving(), (await replica.history())[1].text) == (2, mapping("admin"))


def _version_of_the_mount(mount: Path, name: str, text: str) -> None:
    folder = mount / name
    folder.mkdir()
    (folder / "acme.yaml").write_text(text, encoding="utf-8")
    (mount / "..data_tmp").symlink_to(name)
    (mount / "..data_tmp").rename(mount / "..data")


async def test_a_file_that_can_not_be_read_is_refused_until_it_can(starts: Starts, logged: list[Any]) -> None:
    replica = await _serving(starts)
    logged.clear()
    replica.path.unlink()
    replica.path.mkdir()
    await replica.ticks(4)
    assert (await replica.serving(), await replica.kind()) == (1, "refused")
    assert ["it is no file" in entry["problems"][0] for entry in logged] == [True]
    replica.path.rmdir()
    replica.write(mapping("admin"))
    await replica.ticks()
    assert (await replica.serving(), await replica.kind()) == (2, None)


async def test_a_file_in_another_encoding_is_refused_where_it_begins(starts: Starts) -> None:
    replica = await _serving(starts)
    replica.path.write_bytes(mapping().replace("engineers", "entwickl\xfcr").encode("latin-1").replace(b"\\xFC", b"\xfc"))
    await replica.ticks()
    verdict = (await replica.service()).verdict
    assert verdict is not None
    assert verdict.problems[0]["message"] == "this file is not UTF-8: a character can't be read"
    assert (verdict.problems[0]["line"], verdict.problems[0]["column"]) == (5, 20)


async def test_trouble_with_one_connection_does_not_keep_others_waiting(
    starts: Starts, monkeypatch: pytest.MonkeyPatch, logged: list[Any]
) -> None:
    replica = await starts()
    (replica.folder / "connections" / "beta.yaml").write_text("customer: Beta\nprovider: okta\n", encoding="utf-8")
    replica = await starts()
    replica.write(mapping())
    read = proposals.read

    def fails(config: Path, settings: Any) -> Any:
        if settings.name == "acme":
            raise RuntimeError("a fault of ours")
        return read(config, settings)

    beta = proposals.mapping_file(replica.folder, "beta")
    beta.write_text("connection: beta\nrules: []\n", encoding="utf-8")
    monkeypatch.setattr(proposals, "read", fails)
    await replica.ticks(2)
    assert _events(logged, "could not be looked at")
    assert [entry["connection"] for entry in logged if "taken" in entry["event"] or "refused" in entry["event"]] == ["beta"]
    monkeypatch.undo()
    await replica.ticks()
    assert await replica.serving() == 1


async def test_a_version_that_no_longer_fits_is_measured_and_told_once(starts: Starts, logged: list[Any]) -> None:
    await _serving(starts)
    again = await starts(workspaces={"research": {"create": "R"}})
    await again.ticks(3)
    assert _gauge(metrics.mapping_unusable) == 1
    assert len(_events(logged, "unusable")) == 1
    mended = await starts()
    await mended.ticks()
    assert _gauge(metrics.mapping_unusable) == 0
