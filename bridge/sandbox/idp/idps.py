"""All that the stand-in IdPs hold: which services they were told of, their keys, and who signed in lately.

Keys and services are files in the sandbox's folder; who signed in is in memory, for single logout from the page.
"""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from bridge.sandbox.idp.keys import Key, kept, made
from bridge.sandbox.idp.services import Service, Services

_LATELY = 12


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who was sent to the service: as whom (NameID and its format), and in which session (SessionIndex)."""

    name_id: str
    format: str
    session: str


@dataclass(slots=True)
class Idps:
    """`foreign` is a key that no metadata names: what it signs has to be refused."""

    folder: Path
    services: Services
    logins: dict[str, deque[Login]] = field(default_factory=dict)
    _foreign: Key | None = None

    @classmethod
    def at(cls, folder: Path) -> "Idps":
        """What lies in this folder, made if it is not there; OSError where it holds something else."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, Services(folder / "services.json"))

    def service(self, connection: str) -> Service:
        """What is known of the service that asks; of one that nobody told us about, its connection alone."""
        return self.services.of(connection) or Service(connection)

    def key(self, connection: str) -> Key:
        """The one that its metadata names."""
        return kept(self.folder / f"{connection}.pem", connection)

    def foreign(self, connection: str) -> Key:
        """Another one, under the same name."""
        self._foreign = self._foreign or made(connection)
        return self._foreign

    def remember(self, connection: str, login: Login) -> None:
        """They were sent to the service."""
        self.logins.setdefault(connection, deque(maxlen=_LATELY)).append(login)

    def forget(self, connection: str, name_id: str, sessions: tuple[str, ...] = ()) -> None:
        """They signed out of these sessions; of all without one."""
        stay = [
            one
            for one in self.logins.get(connection, ())
            if one.name_id != name_id or (sessions and one.session not in sessions)
        ]
        self.logins[connection] = deque(stay, maxlen=_LATELY)
