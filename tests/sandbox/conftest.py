"""The sandbox, watched by Clerk's own OpenAPI file."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.receiver import *  # noqa: F403
