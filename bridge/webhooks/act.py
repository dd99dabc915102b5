"""One page of events acted on, in one transaction: verdicts become marks, sessions become audit events."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.dirty import persons as marks
from bridge.dirty.persons import Priority
from bridge.people import persons, workspaces
from bridge.provisioning.sessions import due as sessions
from bridge.settings import ConnectionSettings
from bridge.webhooks import inbox, sign_ins
from bridge.webhooks.event import Event
from bridge.webhooks.inbox import Position
from bridge.webhooks.judge import Verdict, judge
from bridge.webhooks.page import Concerned, Known, concerned
from scim.ports import Tx

REST_MS = 500  # what differs: the news of our own next call may be right behind
CAUSE = "seen in Clerk by webhook"
_REST = {Verdict.LOOK, Verdict.UNBARRED}


@dataclass(frozen=True, slots=True)
class Terms:
    """By which events are judged. `ranks`: role key -> rank; `asked`: organizations whose deletion Clerk was asked about."""

    instance: str
    connections: Mapping[str, ConnectionSettings]
    ranks: Mapping[str, int]
    asked: frozenset[str]
    now: int


@dataclass(slots=True)
class Acted:
    """What a page came to. `after`: the place of its last event, None where there was none; `left`: for later.

    `look` and `bar`: persons made due; `begun`: person -> when a session began; `over`: person -> sessions that ended;
    `alarms`: for connections that want them.
    """

    after: Position | None = None
    left: int = 0
    done: list[str] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    look: set[int] = field(default_factory=set)
    bar: set[int] = field(default_factory=set)
    begun: dict[int, int] = field(default_factory=dict)
    over: dict[int, list[str]] = field(default_factory=dict)
    alarms: list[tuple[Event, int, tuple[str, ...]]] = field(default_factory=list)

    def end(self, event: Event, outcome: str) -> None:
        """It was acted on."""
        self.outcomes[event.noun, outcome] += 1
        self.done.append(event.id)


def act(tx: Tx, terms: Terms, after: Position, limit: int) -> Acted:
    """Up to so many events behind a position."""
    acted, found = Acted(), inbox.undone(tx, terms.instance, after, limit)
    known = concerned(tx, terms.instance, [event for event, _ in found], now=terms.now)
    for event, place in found:
        acted.after = place
        outcome = _outcome(tx, terms, event, known, acted, rested=place[0] + REST_MS <= terms.now)
        if outcome is None:
            acted.left += 1
        else:
            acted.end(event, outcome)
    _mark(tx, acted, terms.now)
    inbox.done(tx, acted.done, now=terms.now)
    return acted


def pass_over(tx: Tx, terms: Terms, after: Position) -> Acted:
    """Give the next event up."""
    acted = Acted()
    for event, place in inbox.undone(tx, terms.instance, after, 1):
        acted.after = place
        acted.end(event, "broken")
    inbox.done(tx, acted.done, now=terms.now)
    return acted


def _outcome(tx: Tx, terms: Terms, event: Event, known: Concerned, acted: Acted, *, rested: bool) -> str | None:
    """None: not now."""
    who = known.about(event)
    if sign_ins.concerns(event):
        return _session(tx, terms, event, who, acted) if who else str(Verdict.FOREIGN)
    if event.type == "organization.deleted" and event.organization in known.places.keys() - terms.asked:
        return None
    verdict = judge(event, known, terms.ranks, now=terms.now)
    if verdict in _REST and inbox.newer(tx, terms.instance, event):
        return "overtaken"
    if verdict is Verdict.LATER or (verdict in _REST and not rested):
        return None
    if verdict is Verdict.RETRY:
        for place in known.places[event.organization or ""]:
            workspaces.try_now(tx, place, now=terms.now)
    elif who is not None and verdict is Verdict.LOOK:
        acted.look.add(who.pk)
    elif who is not None and verdict is Verdict.UNBARRED:
        persons.set_barred(tx, who.pk, None)  # the worker decides whether it should be
        acted.bar.add(who.pk)
    return str(verdict)


def _session(tx: Tx, terms: Terms, event: Event, who: Known, acted: Acted) -> str:
    alarmed = sign_ins.record(tx, event, who.pk, who.id, terms.connections, now=terms.now)
    if alarmed:
        acted.alarms.append((event, who.pk, alarmed))
    if event.verb == "created":
        began = event.facts.get("began") or event.at
        acted.begun[who.pk] = min(began, acted.begun.get(who.pk, began))
    else:
        acted.over.setdefault(who.pk, []).append(event.facts["session"])
    return "noted"


def _mark(tx: Tx, acted: Acted, now: int) -> None:
    for person in sorted(acted.begun.keys() | acted.over.keys()):
        if person in acted.begun:
            sessions.seen(tx, person, acted.begun[person])
        sessions.ended(tx, person, acted.over.get(person, ()))
    marks.mark(tx, sorted(acted.bar), now=now, cause=CAUSE, look=True, priority=Priority.SIGN_OUT)
    marks.mark(tx, sorted(acted.look - acted.bar), now=now, cause=CAUSE, look=True)
