"""A whole service for the pages whose examples are run."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
