"""The whole service, told by the sandbox's webhooks what changes there."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
