"""Everything that `doctor` judges, as one frozen value: what Clerk shows, what its issuer publishes, what our rows say.

Whatever could not be read is `Unread` and says why; a check that needs it says so instead of guessing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bridge.clerk.enterprise import Directory, EnterpriseConnection
from bridge.clerk.entrances import Domain, Invitation, Means
from bridge.clerk.instance import Greeting
from bridge.instance.governed import Governed
from bridge.instance.issuer import Published
from bridge.instance.minted import Minted
from bridge.instance.present import Present
from bridge.instance.wanted import Wanted
from bridge.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unread:
    """`code` and `sentence` of what stood in the way."""

    code: str
    sentence: str


class NotSeen(Exception):
    """A check asked for something that could not be read."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.sentence)
        self.unread = unread


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Events of Clerk: the last one's times, and since when the oldest waits to be acted on. Epoch ms."""

    received: int | None = None
    happened: int | None = None
    waiting_since: int | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """What the database knows. `refused`: code -> how often Clerk said it of people and workspaces that wait.

    `out`: people without an active account whose Clerk user may still sign in; `locked`: whom we could only lock.
    `held`: losses that wait for somebody's answer. `people`: Clerk users of people with an active account.
    """

    governed: tuple[Governed, ...] = ()
    webhooks: Webhooks = Webhooks()
    refused: Mapping[str, int] = field(default_factory=dict)
    out: int = 0
    locked: int = 0
    held: int = 0
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Look:
    """`at`: our clock, epoch ms. `issuer`: who should sign, as the settings or else Clerk say; `told`: as Clerk says.

    `minted`: tokens of a session that the operator named.
    """

    at: int
    settings: Settings
    wanted: Wanted
    greeting: Greeting
    ours: Ours
    present: Present | Unread
    connections: Sequence[EnterpriseConnection] | Unread
    directories: Sequence[Directory] | Unread
    domains: Sequence[Domain] | Unread
    invitations: Sequence[Invitation] | Unread
    means: Sequence[Means] | Unread
    key_ids: frozenset[str] | Unread
    told: str | Unread | None
    issuer: str | None
    published: Published | None
    minted: Minted | Unread | None = None

    @property
    def governed(self) -> dict[str, Governed]:
        """By organization id."""
        return {one.organization: one for one in self.ours.governed if one.organization is not None}

    @property
    def our_domains(self) -> frozenset[str]:
        return frozenset(domain for one in self.settings.connections.values() for domain in one.domains)


def seen(value: T | Unread) -> T:
    """What could be read; NotSeen else."""
    if isinstance(value, Unread):
        raise NotSeen(value)
    return value
