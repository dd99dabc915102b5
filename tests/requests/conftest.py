"""The whole service, where a test asks for it."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
