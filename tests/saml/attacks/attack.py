"""What an attack is, and how they are collected: a gallery for each class, with the messages that it must not refuse."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from bridge.saml.party import Party
from tests.support.saml import NOW, party


@dataclass(frozen=True)
class Shot:
    """A message, and the connection whose door it is sent to; `kind`: a sign-in's response, or the query of a logout."""

    message: str
    at: Party
    now: int = NOW
    kind: Literal["response", "logout request", "logout response"] = "response"

    @property
    def plain(self) -> bool:
        """Whether anybody can read in the message what the gate must read."""
        return self.kind == "response" and not self.at.keys


Make = Callable[[], str | Shot]


@dataclass(frozen=True)
class Attack:
    """`codes`: the reasons that are right; empty: any. `harmless`: it may also be accepted, but only as the control is read.

    `control`: it must be accepted, so that the others of its class are not refused for a wrong reason.
    """

    gallery: str
    sentence: str
    make: Make
    codes: frozenset[str] = frozenset()
    harmless: bool = False
    control: bool = False

    @property
    def id(self) -> str:
        return f"{self.gallery}: {self.sentence}"

    def shot(self) -> Shot:
        made = self.make()
        return made if isinstance(made, Shot) else Shot(made, party())


@dataclass
class Gallery:
    """A decorator for functions that make a message; their names are the sentences. `codes`: the right reasons."""

    name: str
    codes: tuple[str, ...] = ()
    attacks: list[Attack] = field(default_factory=list)

    def __call__(self, make: Make) -> Make:
        self._add(make, self.codes)
        return make

    def because(self, *codes: str) -> Callable[[Make], Make]:
        """The same for an attack whose right reason is another."""

        def add(make: Make) -> Make:
            self._add(make, codes)
            return make

        return add

    def harmless(self, make: Make) -> Make:
        """The message still says what the IdP signed: refused, or read as it was."""
        self._add(make, ())
        self.attacks[-1] = replace(self.attacks[-1], harmless=True)
        return make

    def control(self, make: Make) -> Make:
        """Accepted."""
        self._add(make, ())
        self.attacks[-1] = replace(self.attacks[-1], control=True)
        return make

    def row(self, sentence: str, make: Make, *codes: str, harmless: bool = False, control: bool = False) -> None:
        """One of a table."""
        right = frozenset(codes or self.codes) if not (harmless or control) else frozenset()
        self.attacks.append(Attack(self.name, sentence, make, right, harmless, control))

    def _add(self, make: Make, codes: tuple[str, ...]) -> None:
        self.row(make.__name__.replace("_", " "), make, *codes)
