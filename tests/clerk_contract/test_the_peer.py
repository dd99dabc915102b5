"""What a run on a real instance leaves behind: nothing."""

import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.clerk_contract.python_sdk.stories import STORIES, tell
from tests.support.clerk_peer import Peer, sweep

pytestmark = pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED:DeprecationWarning")


@pytest.mark.parametrize("peer", ["sandbox"], indirect=True)
def test_what_the_stories_make_is_deleted_and_nothing_else(sandbox: RunningSandbox, peer: Peer) -> None:
    with peer.client() as api:
        api.post("/users", json={"email_address": ["somebody@example.com"]}).raise_for_status()
        api.post("/organizations", json={"name": "Somebody's"}).raise_for_status()
    before = everything(sandbox, peer)
    for story in STORIES:
        tell(story, peer.anew())
    assert everything(sandbox, peer) != before
    sweep(peer)
    assert everything(sandbox, peer) == before


def everything(sandbox: RunningSandbox, peer: Peer) -> dict[str, list[str]]:
    """The ids of all there is that does not end with a user."""
    found = {kind: [item["id"] for item in items] for kind, items in sandbox.state().items() if kind != "sessions"}
    with peer.client() as api:
        for path in ("/organization_permissions", "/role_sets", "/jwt_templates"):
            found[path] = [item["id"] for item in api.get(path, params={"limit": 100, "paginated": "true"}).json()["data"]]
    return found
