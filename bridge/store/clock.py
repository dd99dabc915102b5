"""The database's own clock, for the few things that replicas must agree on although their clocks differ."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from scim.ports import Tx


class _clock_ms(FunctionElement[int]):
    """Epoch milliseconds of this moment, not of the transaction's beginning."""

    inherit_cache = True
    name = "clock_ms"


@compiles(_clock_ms, "sqlite")
def _sqlite(element: _clock_ms, compiler: Any, **kw: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(_clock_ms, "postgresql")
def _postgresql(element: _clock_ms, compiler: Any, **kw: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


_NOW = sa.select(_clock_ms().label("at"))


def now(tx: Tx) -> int:
    """Epoch milliseconds by the database."""
    row = tx.one(_NOW)
    assert row is not None
    return int(row["at"])
