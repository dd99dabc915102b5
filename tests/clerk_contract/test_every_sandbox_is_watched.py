"""No sandbox of the suite answers unseen: those inside a test are told of by `watch`, processes by what they record."""

import os
import re
from pathlib import Path

import pytest

from bench.house import House
from bench.wire import Wire
from bridge.sandbox.watch import Exchange, recorded, recorder
from tests.support.clerk_judge import Judge, judge
from tests.support.clerk_processes import Record

ROOT = Path(__file__).resolve().parents[2]
HEADERS = {"Content-Type": "application/json", "clerk-api-version": "2026-05-12"}
INVENTED = Exchange("GET", "/v1/users/count", b"", 200, HEADERS, b'{"total": 3}')


@pytest.fixture
def held() -> Judge:
    found = judge()
    if found is None:
        pytest.skip("needs Clerk's files beside the checkout")
    return found


def test_a_test_that_starts_a_sandbox_gives_it_a_watch() -> None:
    started = re.compile(r"RunningSandbox\((?:[^()]|\([^()]*\))*\)")
    calls = [(path, call) for path in sorted((ROOT / "tests").rglob("*.py")) for call in started.findall(path.read_text())]
    assert len(calls) > 3
    assert [f"{path.relative_to(ROOT)}: {call}" for path, call in calls if "watch=" not in call] == []


def test_an_invented_answer_of_a_process_is_found_once(held: Judge, tmp_path: Path) -> None:
    record = Record(tmp_path / "calls.jsonl")
    assert record.problems() == []
    recorder(tmp_path / "calls.jsonl")(INVENTED)
    assert record.problems() == held.problems(INVENTED) != []
    assert record.problems() == []


def test_half_a_line_waits_for_its_rest(held: Judge, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    recorder(file)(INVENTED)
    whole = file.read_bytes()
    record = Record(file)
    file.write_bytes(whole[:40])
    assert record.problems() == []
    file.write_bytes(whole)
    assert record.problems() == held.problems(INVENTED)


async def test_the_sandbox_of_a_bench_records_for_the_test_that_started_it(tmp_path: Path) -> None:
    before, house = len(recorded_so_far()), House(tmp_path)
    await house.start_sandbox()
    try:
        with Wire(house.sandbox_port) as wire:
            assert (await wire.call("GET", "/v1/instance")).status == 401
    finally:
        house.stop_sandbox()
    assert [(item.path, item.status) for item in recorded_so_far()[before:]] == [("/v1/instance", 401)]


def recorded_so_far() -> list[Exchange]:
    file = Path(os.environ["SANDBOX_RECORD"])
    return [recorded(line) for line in file.read_bytes().splitlines()] if file.exists() else []
