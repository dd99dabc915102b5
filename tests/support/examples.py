"""How many examples hypothesis tries: a few, always the same, so that everybody's run is quick and tells the same.

A test that says nothing has a hundred (conftest.py); none has a deadline, which a busy machine would miss.
`BRIDGE_TEST_EXAMPLES=20000` tries that many, other ones each time.
"""

import os

from hypothesis import HealthCheck, settings

_MANY = os.environ.get("BRIDGE_TEST_EXAMPLES")
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def examples(few: int) -> settings:
    """How many examples a test tries."""
    return settings(
        max_examples=int(_MANY) if _MANY else few,
        derandomize=not _MANY,
        database=None,
        deadline=None,
        suppress_health_check=_QUIET,
        print_blob=bool(_MANY),
    )
