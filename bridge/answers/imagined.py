"""What if somebody were in another group, or had another attribute? Facts changed as asked, with what is odd about it.

Being in a group brings every group it is nested in, by the directory's own nesting; leaving it takes them away again,
unless they come another way. Nothing is written.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bridge.errors import BridgeError
from bridge.rulebook import Rules, Unusable
from bridge.settings import Settings
from mappings.identity import GroupFact, Identity
from mappings.words import fold
from scim import nesting
from scim.person import GroupRow
from scim.ports import Tx

_FORM = re.compile(
    r"(?:(?P<connection>[a-z0-9][a-z0-9-]*):)?(?:(?P<sign>[+-])\s*(?P<group>\S.*)|(?P<name>[^=+:-][^=]*?)\s*=(?P<value>.*))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class If:
    """One `--if`, read: join or leave the group `name`, or send `value` for the attribute `name`. `connection` None: all."""

    text: str
    kind: Literal["join", "leave", "send"]
    name: str
    value: str = ""
    connection: str | None = None


def read(text: str, settings: Settings) -> If:
    """``+group``, ``-group``, ``attribute=value`` or ``attribute=``, each perhaps after ``connection:``."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        hint = 'Write "+Some Group", "-Some Group", "department=Finance" or "department=" (not sent).'
        raise BridgeError("supposition_malformed", f"{text!r} supposes nothing.", hint=hint)
    connection = found["connection"]
    if connection is not None and connection not in settings.connections:
        hint = f"Known: {', '.join(settings.connections) or 'none'}."
        raise BridgeError("connection_unknown", f"There is no connection {connection}.", hint=hint)
    if found["sign"]:
        kind: Literal["join", "leave"] = "join" if found["sign"] == "+" else "leave"
        return If(text, kind, found["group"].strip(), connection=connection)
    return If(text, "send", found["name"].strip(), found["value"].strip(), connection)


class Imagined:
    """A function for `situation.load`. `notes`: what to know about the answer, each once, in order."""

    def __init__(self, tx: Tx, settings: Settings, rules: Rules, ifs: Sequence[If]) -> None:
        self._tx = tx
        self._settings = settings
        self._rules = rules
        self._ifs = ifs
        self._notes: dict[str, None] = {}
        self._met: set[str] = set()

    @property
    def notes(self) -> list[str]:
        """With the suppositions about connections in which the person has no account."""
        strangers = [one for one in self._ifs if one.connection is not None and one.connection not in self._met]
        return [*self._notes, *(f"{one.text}: no account in {one.connection}" for one in strangers)]

    def __call__(self, connection: str, identity: Identity) -> Identity:
        self._met.add(connection)
        ifs = [one for one in self._ifs if one.connection in {None, connection}]
        moves = [one for one in ifs if one.kind != "send"]
        if moves:
            identity = replace(identity, groups=self._moved(connection, identity.groups, moves))
        return self._sent(connection, identity, [one for one in ifs if one.kind == "send"])

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None

    # --- attributes

    def _sent(self, connection: str, identity: Identity, ifs: Sequence[If]) -> Identity:
        """An attribute that is named twice has both values."""
        if not ifs:
            return identity
        sent: dict[str, tuple[str, ...]] = {}
        for one in ifs:
            values = (one.value,) if one.value else ()
            sent[fold(one.name)] = sent.get(fold(one.name), ()) + values
        written = {fold(one.name): self._spelled(connection, identity, one.name) for one in ifs}
        kept = {name: values for name, values in identity.attributes.items() if fold(name) not in sent}
        added = {written[name]: values for name, values in sent.items() if values}
        email = next(iter(sent["email"]), None) if "email" in sent else identity.email
        return replace(identity, attributes={**kept, **added}, email=email)

    def _spelled(self, connection: str, identity: Identity, name: str) -> str:
        known = [*self._settings.connections[connection].attributes, *identity.attributes, "email"]
        found = next((one for one in known if fold(one) == fold(name)), None)
        if found is None:
            near = _near(name, known)
            self._note(f"{connection} reads no attribute {name}{near}; answered as if it did")
        return found or name

    # --- groups

    def _moved(self, connection: str, groups: Sequence[GroupFact], ifs: Sequence[If]) -> tuple[GroupFact, ...]:
        rows = [row for fact in groups if fact.through is None for row in self._row(connection, fact)]
        invented: list[GroupFact] = []
        for one in ifs:
            if one.kind == "join":
                self._join(connection, one.name, rows, invented)
            else:
                self._leave(connection, one.name, rows, invented)
        facts = [
            GroupFact(row.display_name, row.external_id or row.id, row.through, row.twin)
            for row in nesting.with_above(self._tx, connection, rows)
        ]
        return (*facts, *invented)

    def _row(self, connection: str, fact: GroupFact) -> list[GroupRow]:
        """The directory's row of a group that somebody is in."""
        found = nesting.named(self._tx, connection, fact.id or fact.name)
        return [row for row in found if (row.external_id or row.id, row.display_name) == (fact.id, fact.name)][:1]

    def _join(self, connection: str, name: str, rows: list[GroupRow], invented: list[GroupFact]) -> None:
        found = self._meant(connection, name)
        if not found:
            self._note(
                f"{connection} has no group {name}{_near(name, nesting.names(self._tx, connection))}; "
                "answered as if there were one"
            )
            invented.append(GroupFact(name, self._bound(connection, name)))
        elif len(found) > 1:
            raise _ambiguous(connection, name, found)
        elif found[0].id in {row.id for row in rows}:
            self._note(f"{connection}: in {found[0].display_name} already")
        else:
            rows.append(found[0])

    def _leave(self, connection: str, name: str, rows: list[GroupRow], invented: list[GroupFact]) -> None:
        before = nesting.with_above(self._tx, connection, rows)
        ids = {row.id for row in self._meant(connection, name)}
        there = [row for row in before if row.id in ids]
        direct = [row for row in there if row.through is None]
        if len(direct) > 1:
            raise _ambiguous(connection, name, direct)
        rows[:] = [row for row in rows if row not in direct]
        invented[:] = [fact for fact in invented if fold(fact.name) != fold(name)]
        still = [row for row in nesting.with_above(self._tx, connection, rows) if row.id in ids]
        if not there:
            near = _near(name, [row.display_name for row in before])
            self._note(f"{connection}: not in {name}{near}, so leaving it changes nothing")
        for row in still:
            self._note(f"{connection}: still in {row.display_name}, through {row.through}")

    def _meant(self, connection: str, name: str) -> list[GroupRow]:
        """The groups a word means in the directory; else the one to whose id the mapping file binds it."""
        found = nesting.named(self._tx, connection, name)
        bound = self._bound(connection, name) if not found else None
        return found if bound is None else nesting.named(self._tx, connection, bound)

    def _bound(self, connection: str, name: str) -> str | None:
        try:
            version = self._rules.in_service(self._tx, connection)
        except Unusable:
            return None
        return version.ruleset.groups.get(fold(name)) if version is not None else None


def _near(word: str, known: Sequence[str]) -> str:
    by_key = {fold(one): one for one in known}
    found = difflib.get_close_matches(fold(word), by_key, 1)
    return f" (is {by_key[found[0]]} meant?)" if found else ""


def _ambiguous(connection: str, name: str, found: Sequence[GroupRow]) -> BridgeError:
    ids = ", ".join(row.external_id or row.id for row in found)
    hint = f"Name one by its id: {ids}."
    return BridgeError("supposition_ambiguous", f"{connection} has {len(found)} groups called {name}.", hint=hint)
