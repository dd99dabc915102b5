"""The whole service, judged by SCIM clients that nobody here wrote."""

from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
