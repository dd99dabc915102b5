"""The whole service, against a sandbox watched by Clerk's own OpenAPI file."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
