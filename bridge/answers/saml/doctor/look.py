"""What is looked at, as one frozen value: settings, what the IdP publishes, what answers at our address, who came so far."""

from dataclasses import dataclass

from bridge.answers.saml.trail import Came
from bridge.people import identity
from bridge.people.asserted import Asserted
from bridge.saml.ours import Ours
from bridge.saml.standing import Standing
from bridge.settings import ConnectionSettings, Settings
from bridge.settings.values import Saml


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer to a GET of ours. `date`: of the answer, epoch ms. `problem`: why there is none that is of use."""

    date: int | None = None
    body: bytes = b""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the last assertion told of one active account; `external_id`: what the directory told of it."""

    asserted: Asserted
    external_id: str | None


@dataclass(frozen=True, slots=True)
class People:
    """Active accounts of the connection: all, those a directory told of, those that signed in once and so have a NameID."""

    active: int
    pushed: int
    named: int


@dataclass(frozen=True, slots=True)
class Look:
    """`idp`: the source of the metadata, asked just now; None: it is a file. `front`: our own metadata at `public_url`.

    `serves`: the version of the rules that is in service, None: none is. `lasted`: of the last sign-ins, how long the IdP
    said that the session may live, ms. The newest first, as those who came.
    """

    at: int
    settings: Settings
    connection: ConnectionSettings
    saml: Saml
    here: Ours
    document: bytes
    standing: Standing
    idp: Asked | None
    front: Asked
    serves: int | None
    people: People
    heard: tuple[Heard, ...]
    lasted: tuple[int, ...]
    sign_ins: tuple[Came, ...]
    refusals: tuple[Came, ...]

    def named(self, fact: str) -> list[Heard]:
        """Those of whom an assertion told this fact."""
        names = self.connection.attributes.get(fact)
        return [one for one in self.heard if names is not None and names.saml.values(one.asserted.values)]

    def address(self, one: Heard) -> str | None:
        return identity.asserted_email(one.asserted, self.connection)

    def id(self, one: Heard) -> str | None:
        names = self.connection.attributes.get("id")
        return next(iter(names.saml.values(one.asserted.values)), None) if names is not None else None
