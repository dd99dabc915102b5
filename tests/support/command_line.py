"""`inferpipe-bridge` run inside a test: beside a house, with the environment of its service, or by itself."""

import asyncio
from typing import Any

import orjson
from click.testing import CliRunner, Result

from bridge.cli import main
from tests.support.house import House


def invoke(*words: str, code: int = 0, color: bool = False, env: dict[str, str] | None = None) -> Result:
    """A command, its exit code checked. `env` is set over what is there."""
    done = CliRunner().invoke(main, words, env=env, color=color)
    assert done.exit_code == code, done.output or repr(done.exception)
    return done


async def run(house: House, *words: str, code: int = 0, color: bool = False, **env: str) -> str:
    """What it prints. In a thread: a command has an event loop of its own."""
    done = await asyncio.to_thread(invoke, *words, code=code, color=color, env={**house.environment, **env})
    return done.output


async def json(house: House, *words: str, **env: str) -> Any:
    """What it tells scripts."""
    return orjson.loads(await run(house, *words, "--json", **env))
