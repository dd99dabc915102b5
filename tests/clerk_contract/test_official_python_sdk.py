"""Clerk's official Python SDK reads the sandbox: it parses every answer into its own models, and its refusals as errors.

The SDK serves as a judge here and nowhere in the product; it speaks API version 2025-11-10, whatever it is told.
"""

import re
from pathlib import Path

import clerk_backend_api
import pytest

from bridge.sandbox.clerk.api import ROUTES
from tests.clerk_contract.python_sdk.stories import STORIES, Story, tell
from tests.support.clerk_peer import Peer
from tests.support.clerk_sandbox import Recorder

# its request models warn of a parameter of their own that is on its way out, whether it is used or not
pytestmark = pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED:DeprecationWarning")

FEWEST = 90

_CALL = re.compile(r'method="([A-Z]+)",\s*path="([^"]+)"')


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_sdk_parses_what_is_answered(story: Story, peer: Peer) -> None:
    tell(story, peer)


@pytest.mark.parametrize("peer", ["sandbox"], indirect=True)
def test_the_sdk_parses_an_answer_of_every_call_that_it_shares_with_the_sandbox(peer: Peer, recorder: Recorder) -> None:
    for story in STORIES:
        tell(story, peer.anew())
    made = {(method, unnamed(path)) for method, path in recorder.calls}
    shared = {(route.method, unnamed(route.path)) for route in ROUTES} & calls_of_the_sdk()
    assert len(made) >= FEWEST
    assert sorted(shared - made) == []


def calls_of_the_sdk() -> set[tuple[str, str]]:
    """(method, path) of everything it can ask for, read from its source."""
    sources = [file.read_text(encoding="utf-8") for file in Path(clerk_backend_api.__file__).parent.glob("*.py")]
    return {(method, unnamed(path)) for text in sources for method, path in _CALL.findall(text)}


def unnamed(path: str) -> str:
    """Without the names of its parameters, which the SDK chooses itself."""
    return re.sub(r"\{\w+\}", "{}", path)
