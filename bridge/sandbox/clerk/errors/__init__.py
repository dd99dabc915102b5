"""What Clerk answers when it refuses: the entries of its published error catalogue that the sandbox uses.

Each entry carries the catalogue's own name, status and code, and its sentences where it has them, so that a test can hold
them against it.
"""

from bridge.sandbox.clerk.errors.entry import *  # noqa: F403
from bridge.sandbox.clerk.errors.instance import *  # noqa: F403
from bridge.sandbox.clerk.errors.organizations import *  # noqa: F403
from bridge.sandbox.clerk.errors.parameters import *  # noqa: F403
from bridge.sandbox.clerk.errors.people import *  # noqa: F403
from bridge.sandbox.clerk.errors.requests import *  # noqa: F403
from bridge.sandbox.clerk.errors.roles import *  # noqa: F403
