"""What would change in Clerk now, for everybody: the plan's steps and its risks. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bridge.answers import names
from bridge.answers.everybody import Places, walk
from bridge.counted import they
from bridge.people import persons
from bridge.people.grant import State
from bridge.provisioning import holds, situation
from bridge.provisioning.forecast import Ahead, Change, World, ahead, foresee
from bridge.provisioning.tools import View
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Changed:
    """One membership that is not as it is decided. `when`: now, settling, the mode that keeps it from being done, or the
    state that it stays in."""

    person: str
    email: str | None
    workspace: str
    kind: str
    from_role: str | None
    to_role: str | None
    cause: str
    when: str
    connections: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "person": self.person,
            "email": self.email,
            "workspace": self.workspace,
            "kind": self.kind,
            "from": self.from_role,
            "to": self.to_role,
            "cause": self.cause,
            "when": self.when,
            "connections": list(self.connections),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """`risks` are sentences."""

    changes: tuple[Changed, ...]
    risks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"changes": [change.as_dict() for change in self.changes], "risks": list(self.risks)}


async def report(view: View, on_page: Callable[[int], None] = lambda _: None) -> Report:
    """Foresee everybody by the rules in service; `on_page` hears how many people each page had."""
    now, places = view.clock(), Places()
    seen = await walk(view.database, partial(_people, view=view), partial(_page, view=view, places=places, now=now), on_page)
    known = await view.database.read(partial(places.world, view=view, people=[one.ahead for one in seen], now=now))
    foreseen = foresee([one.ahead for one in seen], known)
    words = names.aliases(view.settings, places.by_key)
    pairs = [(one, change) for one, changes in zip(seen, foreseen, strict=True) for change in changes]
    changes = tuple(_changed(one, change, view, words) for one, change in pairs)
    return Report(changes, tuple(_risks(view, changes, known)))


@dataclass(frozen=True, slots=True)
class _Seen:
    ahead: Ahead
    id: str
    email: str | None


def _people(tx: Tx, after: int, limit: int, view: View) -> list[int]:
    return [one.pk for one in persons.page(tx, view.instance, after, limit)]


def _page(tx: Tx, pks: Sequence[int], view: View, places: Places, now: int) -> list[_Seen]:
    people = situation.load_all(tx, view.settings, view.rulebook, pks, now=now)
    held = holds.of_people(tx, pks)
    found: list[_Seen] = []
    for one in map(places.placed, people):
        mine = ahead(one, view.settings, held[one.person.pk], now=now)
        if mine.wishes:
            found.append(_Seen(mine, one.person.id, one.leading.account.email if one.leading else None))
    return found


def _changed(one: _Seen, change: Change, view: View, words: Mapping[int, str]) -> Changed:
    return Changed(
        one.id,
        one.email,
        words.get(change.workspace, str(change.workspace)),
        change.kind,
        names.role_word(view.settings, change.from_role),
        names.role_word(view.settings, change.to_role),
        change.why or change.cause,
        _when(one, change, view),
        change.charged,
    )


def _when(one: _Seen, change: Change, view: View) -> str:
    if change.state is None:
        settling = any(step.workspace == change.workspace for step in one.ahead.settling.every)
        return "settling" if settling else "now"
    modes = {view.settings.connections[name].mode for name in change.charged if name in view.settings.connections}
    kept = next((mode for mode in ("observe", "additive") if mode in modes), None)
    return kept if kept is not None and change.state in {State.PENDING, State.RETAINED} else str(change.state)


def _risks(view: View, changes: Sequence[Changed], known: World) -> list[str]:
    risks = []
    for name, connection in view.settings.connections.items():
        losing = {one.person for one in changes if one.kind in {"remove", "lower"} and name in one.connections}
        allowed = known.allowed(name, None)
        if len(losing) > allowed:
            lose = they(len(losing), "loses", "lose")
            risks.append(f"{name}: {lose} something and {allowed} may; the rest waits in a hold")
        if connection.mode == "observe" and any(name in one.connections for one in changes):
            risks.append(f"{name}: observes only; nothing of it is done until its mode is additive or enforce")
    return risks
