"""A directory of many people, written by the service's own store verbs, as if everybody had been looked at already.

Everybody is known to SCIM, has an account and a person, and stands in the audit trail; half of them are in ten groups.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched  # type: ignore[attr-defined]
from typing import Any

from sqlalchemy import text

from bench.onboarding import GROUP, USER
from bridge.provisioning.intake import Ids, record
from bridge.store.database import Database, open_database
from bridge.store.migrate import migrate
from scim import groups, users
from scim.ports import Caller, Tx
