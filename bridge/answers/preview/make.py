"""What a file would do, for everybody of its connection: read, decided by both versions, foreseen together, counted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from bridge.answers import names
from bridge.answers.everybody import walk
from bridge.answers.findings import findings
from bridge.answers.preview.count import Counting
from bridge.answers.preview.look import Looking, Seen
from bridge.answers.preview.value import Preview
from bridge.people import accounts
from bridge.provisioning.forecast import World, foresee
from bridge.provisioning.tools import View
from bridge.rulebook import Supposed, Unusable, Version, taking, versions
from bridge.rulebook.proposals import Proposal
from mappings.compare import Comparison
from scim.ports import Tx

Governors = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""An organization -> the Clerk users who govern it and may sign in, with their role keys; None: Clerk can't be asked."""


async def nobody_asked(organization: str) -> None:
    """Clerk is not asked: our own rows must do."""


async def preview(
    view: View, proposal: Proposal, *, governors: Governors = nobody_asked, on_page: Callable[[int], None] = lambda _: None
) -> Preview:
    """Reads only. The file must have no errors."""
    assert proposal.checked.ruleset is not None, "a file with errors has no preview"
    name, now = proposal.connection, view.clock()
    service, number, notes = await view.database.read(partial(_in_service, view=view, connection=name))
    supposed = Supposed(view.rulebook, {name: Version(0, proposal.checked.ruleset, now)})
    comparison = Comparison(service.ruleset if service else None, proposal.checked.ruleset)
    looking = Looking(view, name, supposed, comparison, now)
    seen = await walk(view.database, partial(_people, connection=name), looking.page, on_page)
    seen += await view.database.read(partial(looking.bystanders, seen=seen))
    every = [ahead for one in seen for ahead in (one.ahead, one.without) if ahead is not None]
    known = await view.database.read(partial(looking.places.world, view=view, people=every, now=now))
    notes += await _ask_for_governors(known, seen, governors)
    as_it_is = foresee([one.without for one in seen if one.due and one.without is not None], known)
    foreseen = foresee([one.ahead for one in seen], known, cause=taking.cause(number))
    words = names.aliases(view.settings, looking.places.by_key, [name])
    counted = Counting(words, partial(names.role_word, view.settings))
    for one, changes in zip(seen, foreseen, strict=True):
        counted.add(one, changes, next(as_it_is) if one.due and one.without is not None else None)
    causes = await view.database.read(partial(counted.causes.named, connection=view.settings.connections[name]))
    found = await view.database.read(lambda tx: findings(tx, view.settings, proposal))
    return Preview(
        connection=name,
        checked=proposal.checked,
        against=(service.number, service.taken) if service else None,
        people=looking.people,
        places=counted.places(looking.present),
        causes=causes,
        affected=tuple(counted.affected),
        calls=counted.calls,
        later=counted.later,
        anyway=counted.anyway,
        averted=counted.averted,
        findings=tuple(found),
        notes=tuple(notes + _of_joining(looking.joining) + _of_mode(view, name)),
    )


def _people(tx: Tx, after: int, limit: int, connection: str) -> list[int]:
    return accounts.page_of(tx, connection, after, limit)


def _in_service(tx: Tx, view: View, connection: str) -> tuple[Version | None, int, list[str]]:
    """What the file is compared with, the number that it would have, and what to know about that."""
    number = versions.last(tx, connection) + 1
    try:
        return view.rulebook.in_service(tx, connection), number, []
    except Unusable as error:
        return None, number, [f"{error.sentence} So it is compared with nothing."]


async def _ask_for_governors(known: World, seen: Sequence[Seen], governors: Governors) -> list[str]:
    """Governors that we never made are known to Clerk alone."""
    losing = {step.workspace for one in seen for step in one.ahead.every_loss if step.from_role in known.roles}
    asked = {pk: known.workspaces[pk].organization for pk in sorted(losing)}
    for pk, organization in asked.items():
        found = await governors(organization) if organization is not None else {}
        if found is None:  # it can't be asked about the others either, and each question takes its time
            return ["Clerk was not asked who governs the workspaces: owners that it has from elsewhere are not counted."]
        if organization is not None:
            known.governors[pk] = dict(found)
    return []


def _of_joining(people: int) -> list[str]:
    told = (
        f"Known to Clerk through another connection already, by their address: {people:,} of those who gain something. "
        "They are joined with that, and have the higher role of both then."
    )
    return [told] if people else []


def _of_mode(view: View, connection: str) -> list[str]:
    mode = view.settings.connections[connection].mode
    said = {
        "observe": "The connection observes: nothing of this is done until its mode is additive or enforce.",
        "additive": "The connection is additive: nothing is taken away until its mode is enforce.",
    }
    return [said[mode]] if mode in said else []
