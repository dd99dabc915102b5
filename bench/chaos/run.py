"""One run: a company is made from its seed, lives through some rounds, and is judged each time all is at rest."""

import time
import traceback
from pathlib import Path

from bench.chaos.founding import found
from bench.chaos.life import Outcome
from bench.chaos.warm import WarmHouse
from bench.ports import free_port
from bridge.store.database import open_database

_FAILURES = (b"could not be", b"failed", b"Traceback")


async def run(seed: int, folder: Path, database_url: str, *, rounds: int, acts: int) -> Outcome:
    """What came of a seed; no problems: everything is as the model allows."""
    outcome, began = Outcome(seed), time.monotonic()
    house = WarmHouse(folder, database_url, ports=[free_port(), free_port()])
    database = open_database(database_url)
    try:
        life = await found(seed, house, database, outcome)
        for number in range(rounds):
            await life.round(acts, first=number == 0)
        await life.end()
    except Exception as error:
        outcome.problems.append("".join(traceback.format_exception(error)))
    finally:
        await database.close()
        house.close()
    outcome.problems += _failures(folder)
    outcome.seconds = time.monotonic() - began
    (folder / "story.txt").write_text("\n".join([*outcome.story, *outcome.problems]), encoding="utf-8")
    return outcome


def _failures(folder: Path) -> list[str]:
    """What the replicas logged that nobody expects of them, whatever Clerk does."""
    lines = (folder / "serve.log").read_bytes().splitlines() if (folder / "serve.log").exists() else []
    found = [line for line in lines if b'"level": "error"' in line and any(word in line for word in _FAILURES)]
    return [f"in the log: {line[:600].decode(errors='replace')}" for line in found[:5]]
