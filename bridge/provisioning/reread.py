"""When the operator changes a connection file, accounts must follow, and everybody is decided anew.

Accounts keep address and display name beside the directory's rows, to be found by them. The connection's row remembers
by which terms they were read and decided; the lease holder reads them again in pages when those are others now.
"""

import hashlib
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from sqlalchemy import text

from bridge.dirty import scopes
from bridge.dirty.persons import Priority
from bridge.people import accounts, asserted
from bridge.people.identity import told, told_by
from bridge.provisioning.sessions import due
from bridge.provisioning.sessions.limits import sets_any
from bridge.settings import ConnectionSettings, Settings
from bridge.store.database import Database
from scim import person as directory
from scim.ports import Tx

PAGE = 500
_CAUSE = "the connection file changed"
_KNOWN = text("SELECT terms_digest FROM connection WHERE name = :connection")
_READ = text("UPDATE connection SET terms_digest = :digest WHERE name = :connection")


class Reread:
    """`tick` is called by the lease holder; settings change with a restart, so each connection is looked at once."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], int]) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._waiting = dict(settings.connections)

    async def tick(self) -> None:
        """Every connection whose terms are others than those its people were read and decided by."""
        for name, connection in list(self._waiting.items()):
            if await self._followed(connection):
                del self._waiting[name]

    async def _followed(self, connection: ConnectionSettings) -> bool:
        """False: the connection has no row yet."""
        row = await self._database.read(lambda tx: tx.one(_KNOWN, connection=connection.name))
        digest = terms_digest(self._settings, connection)
        if row is None or row["terms_digest"] == digest:
            return row is not None
        changed, after = 0, ""
        while True:
            found, last = await self._database.write(lambda tx, after=after: _page(tx, connection, after))  # type: ignore[misc]
            changed += found
            if last is None:
                break
            after = last
        changed += await self._signed_in(connection)
        await self._judge_sessions(connection)
        first, batch, now = row["terms_digest"] is None, uuid.uuid4().hex, self._clock()
        await self._database.write(lambda tx: _finish(tx, connection, digest, batch, now, mark=bool(changed) or not first))
        return True

    async def _signed_in(self, connection: ConnectionSettings) -> int:
        """Accounts that no directory tells of are read again from what their last sign-in told; how many changed."""
        changed, after = 0, 0
        while True:
            found, last = await self._database.write(partial(_signed_in_page, connection=connection, after=after))
            changed += found
            if last is None:
                return changed
            after = last

    async def _judge_sessions(self, connection: ConnectionSettings) -> None:
        """Sessions that are there already have new limits, too. Where there are none, who is watched is let go in time."""
        people: list[int] = []
        while sets_any(connection):
            after, now = people[-1] if people else 0, self._clock()
            people = await self._database.write(partial(_sessions_page, connection=connection.name, after=after, now=now))
            if len(people) < PAGE:
                return


def terms_digest(settings: Settings, connection: ConnectionSettings) -> str:
    """Changes with all in the files by which a connection's people are read, decided, and given what is decided."""
    spoken = sorted(
        domain
        for other in settings.connections.values()
        if connection.name in {other.name, *other.shared_with}
        for domain in other.domains
    )
    places = [connection.customer, connection.workspaces, connection.wildcard, settings.bridge.roles]
    written = {name: names.scim.written for name, names in connection.attributes.items()}
    lasting = [connection.max_age, connection.idle]
    terms: list[Any] = [written, connection.mode, connection.timezone, spoken, places, lasting]
    if connection.outsiders != "refuse":
        terms.append(connection.outsiders)
    if connection.sign_in.saml is not None:
        said = {name: names.saml.written for name, names in connection.attributes.items()}
        terms.append([said, connection.sign_in.groups_from, connection.sign_in.access_lasts])
    return hashlib.sha256(orjson.dumps(terms, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _page(tx: Tx, connection: ConnectionSettings, after: str) -> tuple[int, str | None]:
    """How many accounts are called otherwise now, and the last user read; None: there are no more."""
    users = directory.page_of(tx, connection.name, after, PAGE)
    changed = accounts.reread(tx, connection.name, {user["id"]: told(user, connection) for user in users})
    return changed, users[-1]["id"] if len(users) == PAGE else None


def _signed_in_page(tx: Tx, connection: ConnectionSettings, after: int) -> tuple[int, int | None]:
    page = asserted.page_of(tx, connection.name, after, PAGE)
    changed = sum(accounts.retell(tx, pk, told_by(said, connection)) for pk, said in page)
    return changed, page[-1][0] if len(page) == PAGE else None


def _sessions_page(tx: Tx, connection: str, after: int, now: int) -> list[int]:
    people = accounts.page_of(tx, connection, after, PAGE)
    due.look_at(tx, people, now=now)
    return people


def _finish(tx: Tx, connection: ConnectionSettings, digest: str, batch: str, now: int, *, mark: bool) -> None:
    """One mark for everybody: their facts may be others. A connection that is seen for the first time needs none."""
    tx.run(_READ, connection=connection.name, digest=digest)
    if mark:
        name = connection.name
        scopes.open_batch(tx, batch, name, _CAUSE, 0, now=now)
        scopes.mark(tx, "connection", name, name, now=now, cause=_CAUSE, batch=batch, priority=Priority.BULK)
