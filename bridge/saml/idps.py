"""Every connection's IdP: who it is now, by metadata that one process renews and all follow."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from bridge import metrics
from bridge.errors import BridgeError
from bridge.outbound import Guard
from bridge.saml import kept, metadata, source
from bridge.saml.expiry import earliest
from bridge.saml.metadata import Unusable
from bridge.saml.ours import Ours, ours
from bridge.saml.party import Idp, Party
from bridge.saml.standing import Standing, standings, stored
from bridge.saml.trust import Trust
from bridge.settings import Settings, SettingsError
from bridge.settings.layers import dig
from bridge.store.database import Database
from mappings.located import Problem, parse

AT_ONCE = 4  # looks at sources
_PLACE = ("sign_in", "saml", "metadata")


class Idps:
    """`clock` gives epoch milliseconds. SettingsError: a file with metadata is there, and none can be read from it."""

    def __init__(self, database: Database, settings: Settings, guard: Guard, clock: Callable[[], int]) -> None:
        wrong = list(_unusable(settings, guard))
        if wrong:
            raise SettingsError(wrong)
        self._database = database
        self._settings = settings
        self._clock = clock
        slots = asyncio.Semaphore(AT_ONCE)
        self._trusts = {
            name: Trust(database, ours(settings.bridge.public_url, one), one.sign_in.saml, guard, clock, slots)
            for name, one in settings.connections.items()
            if one.sign_in.saml is not None
        }

    def ours(self, connection: str) -> Ours:
        """Who we are to its IdP, whatever is known of that."""
        return self._trust(connection).ours

    async def party(self, connection: str) -> Party:
        """Both sides, as they are now. BridgeError: `saml_not_configured`, or no valid metadata is to be had."""
        return await self._trust(connection).party()

    async def look(self, connection: str) -> None:
        """Look at the source now; how that went is in `standing`."""
        await self._trust(connection).look()

    async def refresh(self) -> None:
        """What the lease holder does every second: take note of what is stored, and begin the looks that are due."""
        if not self._trusts:
            return
        rows = await self._database.read(kept.all_of)
        for name, trust in self._trusts.items():
            row = rows.get(name)
            _measure(name, trust, await trust.serve(row), row)
            if trust.due(row):
                trust.look()

    async def standing(self) -> list[Standing]:
        """How things stand, per connection."""
        found = await self._database.read(stored)
        return await asyncio.to_thread(standings, found, self._settings, now=self._clock())

    async def close(self) -> None:
        for trust in self._trusts.values():
            await trust.close()

    def _trust(self, connection: str) -> Trust:
        found = self._trusts.get(connection)
        if found is None:
            hint = "Write sign_in: {saml: {metadata: …}} in its connection file."
            raise BridgeError("saml_not_configured", f"Nobody signs in to {connection} by SAML.", hint=hint)
        return found


def _measure(name: str, trust: Trust, idp: Idp | None, row: kept.Kept | None) -> None:
    metrics.saml_metadata_problem.labels(name).set(row is None or row.problem is not None)
    for whose, certificates in (
        ("idp", idp.certificates if idp else ()),
        ("ours", [key.certificate for key in trust.ours.keys]),
    ):
        ends = earliest(certificates)
        if ends is not None:
            metrics.saml_certificate_expires.labels(name, whose).set(ends // 1000)


def _unusable(settings: Settings, guard: Guard) -> Iterator[Problem]:
    """Files that nobody can be signed in with. One that was valid once has its place: what ends it is told in `standing`."""
    for name, one in settings.connections.items():
        saml = one.sign_in.saml
        if saml is None or not source.is_file(saml.metadata):
            continue
        try:
            metadata.read(Path(saml.metadata).read_bytes(), allowed=guard.allowed)
        except OSError as error:
            yield _problem(settings, name, f"the file {saml.metadata} can't be read: {error.strerror}", None)
        except Unusable as error:
            yield _problem(settings, name, f"{saml.metadata}: {error.sentence}", error.hint)


def _problem(settings: Settings, name: str, text: str, hint: str | None) -> Problem:
    """Where the file is named: in the connection file, or in the defaults."""
    file, _, _ = settings.origins[name].origin(_PLACE).rpartition(":")
    document, _ = parse(Path(file).read_text(encoding="utf-8"), file)
    assert document is not None  # it was read before
    path = _PLACE if dig(document.data, _PLACE) is not None else ("defaults", *_PLACE)
    return document.problem(path, text, hint)
