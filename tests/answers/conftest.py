"""The whole service, so that a directory is what an IdP made of it."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
