"""A Clerk to hold clients against: the sandbox, watched by Clerk's own OpenAPI file, or a real development instance."""

import pytest

pytest.register_assert_rewrite("tests.clerk_contract.python_sdk")

from tests.support.clerk_peer import *  # noqa: E402, F403
from tests.support.clerk_sandbox import *  # noqa: E402, F403
