"""Connections to PostgreSQL that are kept open and lent out, the one that came back last first.

asyncpg's own pool spends more CPU on a loan, a task and a proxy each time, than a read by key spends on its statement.
"""

import asyncio
from time import monotonic
from typing import Any

import asyncpg

LONGEST_REST = 300.0  # seconds; firewalls forget connections that say nothing for longer


class Connections:
    """At most `most` at once; `settings` are the server's for each of them."""

    def __init__(self, dsn: str, most: int, settings: dict[str, str]) -> None:
        self._dsn = dsn
        self._most = most
        self._settings = settings
        self._slots = asyncio.Semaphore(most)
        self._resting: list[tuple[float, Any]] = []  # since when, and the connection

    async def take(self) -> Any:
        """One for the caller alone, until it gives it back; waits while all are lent."""
        await self._slots.acquire()
        try:
            while self._resting:
                since, connection = self._resting.pop()
                if monotonic() - since > LONGEST_REST:
                    connection.terminate()
                elif not connection.is_closed():
                    return connection
            return await asyncpg.connect(self._dsn, server_settings=self._settings)
        except BaseException:
            self._slots.release()
            raise

    def give_back(self, connection: Any) -> None:
        """Our verbs leave no cursor, lock or setting behind; whoever is still in a transaction was torn out of it."""
        if not connection.is_closed():
            if connection.is_in_transaction():
                connection.terminate()
            else:
                self._resting.append((monotonic(), connection))
        self._slots.release()

    async def close(self) -> None:
        """Once all have come back. A second time there is nothing left to close."""
        for _ in range(self._most):
            await self._slots.acquire()
        try:
            while self._resting:
                await self._resting.pop()[1].close()
        finally:
            for _ in range(self._most):
                self._slots.release()
