"""What would change in Clerk now, for everybody: the plan's steps and its risks. Reads only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bridge.answers import names
from bridge.people import persons, workspaces
from bridge.people.grant import State
from bridge.provisioning import situation
from bridge.provisioning.brake import Budget
from bridge.provisioning.plan import Step
from bridge.provisioning.population import Population
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import View
from scim.ports import Tx

PAGE = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """One membership call that is due. `when`: now, settling, held, or the mode that keeps it from being done."""

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
    """Plan everybody, page by page; `on_page` hears how many people each page had."""
    changes: list[Changed] = []
    after, more = 0, True
    while more:
        people, found = await view.database.read(partial(_page, view=view, after=after))
        changes += found
        on_page(len(people))
        more, after = len(people) == PAGE, people[-1] if people else after
    risks = await view.database.read(lambda tx: _risks(tx, view, changes))
    return Report(tuple(changes), tuple(risks))


def _page(tx: Tx, view: View, after: int) -> tuple[list[int], list[Changed]]:
    people = [person.pk for person in persons.page(tx, view.instance, after, PAGE)]
    now, found = view.clock(), list[Changed]()
    for pk in people:
        known = situation.load(tx, view.settings, view.rulebook, pk, now=now)
        if known is not None:
            found += _of_person(known, view, now)
    return people, found


def _of_person(known: Situation, view: View, now: int) -> list[Changed]:
    """As if every connection enforced and nothing settled: what is not done is shown with what keeps it."""
    whole = situation.plan(known, view.settings, now=now, as_if="enforce", settled=True)
    going = {step.workspace for step in situation.plan(known, view.settings, now=now).steps}
    held = {row.workspace for row in known.grants if row.state is State.HELD}
    aliases = names.aliases(view.settings, known.workspaces, [one.account.connection for one in known.known])
    email = known.leading.account.email if known.leading else None
    return [
        Changed(
            known.person.id,
            email,
            aliases.get(step.workspace, str(step.workspace)),
            step.kind,
            names.role_word(view.settings, step.from_role),
            names.role_word(view.settings, step.to_role),
            step.cause,
            _when(step, view, going, held),
            step.charged,
        )
        for step in whole.steps
    ] + _unplaced(known, view, email)


def _unplaced(known: Situation, view: View, email: str | None) -> list[Changed]:
    """Gains in workspaces that have no row yet, because nobody was ever brought there."""
    missing = {reference.key for reference in known.missing}
    if not missing or not known.active or known.barrier is not None:
        return []
    found: list[Changed] = []
    for one in known.known:
        for alias, grant in one.decision.grants.items() if one.decision and one.settings else ():
            reference = workspaces.reference(one.settings, alias) if one.settings else None
            if reference is not None and reference.key in missing and one.settings is not None:
                mode = one.settings.mode
                when = "now" if mode != "observe" else "observe"
                role, name = str(grant.role), one.settings.name
                found.append(Changed(known.person.id, email, alias, "add", None, role, "decided", when, (name,)))
    return found


def _when(step: Step, view: View, going: set[int], held: set[int]) -> str:
    if step.workspace in held:
        return "held"
    if step.workspace in going:
        return "now"
    modes = {view.settings.connections[name].mode for name in step.charged if name in view.settings.connections}
    return "observe" if "observe" in modes else "additive" if "additive" in modes and step.is_loss else "settling"


def _risks(tx: Tx, view: View, changes: Sequence[Changed]) -> list[str]:
    population = Population(view.settings, view.clock)
    risks = []
    for name, connection in view.settings.connections.items():
        losing = {one.person for one in changes if one.kind in {"remove", "lower"} and name in one.connections}
        allowed = Budget(connection.brake.people, connection.brake.percent).allows(population.of(tx, name))
        if len(losing) > allowed:
            risks.append(f"{name}: {len(losing)} people lose something and {allowed} may; the rest waits in a hold")
        if connection.mode == "observe" and any(name in one.connections for one in changes):
            risks.append(f"{name}: observes only; nothing of it is done until its mode is additive or enforce")
    return risks
