"""All stories of the Python SDK: each makes what it needs on any peer, and leaves everything else alone."""

from collections.abc import Callable

from clerk_backend_api import Clerk

from tests.clerk_contract.python_sdk import instance, people, roles, sign_in, ways_in, workspaces
from tests.support.clerk_peer import Peer

Story = Callable[[Clerk, Peer], None]

STORIES: tuple[Story, ...] = (
    *people.STORIES,
    *workspaces.STORIES,
    *sign_in.STORIES,
    *roles.STORIES,
    *instance.STORIES,
    *ways_in.STORIES,
)


def tell(story: Story, peer: Peer) -> None:
    """One of them, with an SDK of its own."""
    with peer.client() as session:
        story(Clerk(bearer_auth=peer.secret_key, server_url=f"{peer.url}/v1", client=session), peer)
