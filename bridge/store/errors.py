"""What a database can refuse, as errors of the house: busy, full, out of reach. Drivers' exceptions stop at the doors.

A broken promise of our own (a constraint, a misspelt statement) is a bug and keeps the driver's exception.
"""

import sqlite3
from typing import NoReturn

import asyncpg

from bridge.errors import BridgeError

_SQLITE = {
    sqlite3.SQLITE_BUSY: ("database_busy", "Another process kept the database locked for too long."),
    sqlite3.SQLITE_LOCKED: ("database_busy", "Another process kept the database locked for too long."),
    sqlite3.SQLITE_FULL: ("database_full", "There is no room left to write."),
    sqlite3.SQLITE_IOERR: ("database_unreachable", "The disk under the database fails."),
    sqlite3.SQLITE_CANTOPEN: ("database_unreachable", "The database file can't be opened."),
    sqlite3.SQLITE_READONLY: ("database_unreachable", "The database file can't be written."),
}
_POSTGRESQL: tuple[tuple[type[Exception], str, str], ...] = (
    (asyncpg.exceptions.DiskFullError, "database_full", "There is no room left to write."),
    (asyncpg.exceptions.QueryCanceledError, "database_busy", "The database took too long."),
    (asyncpg.exceptions.LockNotAvailableError, "database_busy", "Others kept a row locked for too long."),
    (asyncpg.exceptions.DeadlockDetectedError, "database_busy", "Others kept a row locked for too long."),
    (asyncpg.exceptions.SerializationError, "database_busy", "Others kept changing the same rows."),
    (asyncpg.exceptions.InsufficientResourcesError, "database_busy", "The database has no connection left."),
    (asyncpg.exceptions.PostgresConnectionError, "database_unreachable", "The connection to the database broke."),
    (asyncpg.exceptions.CannotConnectNowError, "database_unreachable", "The database is starting or stopping."),
    (asyncpg.exceptions.OperatorInterventionError, "database_unreachable", "The database is being stopped."),
    (asyncpg.exceptions.InvalidAuthorizationSpecificationError, "database_refused", "The database refuses our name."),
    (asyncpg.exceptions.InvalidCatalogNameError, "database_refused", "The database of that name does not exist."),
    (OSError, "database_unreachable", "The database can't be reached."),
)


class StoreError(BridgeError):
    """The database could not do it now; try again later. Nothing was kept, unless a connection broke during the commit."""


def closed() -> StoreError:
    """Somebody came after the door was shut."""
    return StoreError("database_closed", "The service is stopping and takes no more work.")


def translated(error: BaseException) -> BaseException:
    """A driver's refusal as a `StoreError`; everything else as it is."""
    found: tuple[str, str] | None = None
    if isinstance(error, sqlite3.OperationalError):
        found = _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    else:
        found = next(((code, sentence) for kind, code, sentence in _POSTGRESQL if isinstance(error, kind)), None)
    if found is None:
        return error
    refusal = StoreError(*found, hint=f"The database says: {error}")
    refusal.__cause__ = error
    return refusal


def refuse(error: BaseException) -> NoReturn:
    """Raise what `translated` makes of it."""
    raise translated(error)
