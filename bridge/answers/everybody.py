"""Everybody, a page at a time, for answers that are about all people; reads only, and remembers little of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bridge.people import workspaces
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning.forecast import Ahead, World, world
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import View
from bridge.store.database import Database
from scim.ports import Tx

T = TypeVar("T")
PAGE = 500


async def walk(
    database: Database,
    people: Callable[[Tx, int, int], list[int]],
    look: Callable[[Tx, Sequence[int]], list[T]],
    on_page: Callable[[int], None],
) -> list[T]:
    """What `look` finds in each page. `people(tx, after, limit)` gives keys in order; `on_page` hears how many they were."""
    found: list[T] = []
    after, more = 0, True
    while more:
        page, seen = await database.read(partial(_page, people=people, look=look, after=after))
        found += seen
        on_page(len(page))
        more, after = len(page) == PAGE, page[-1] if page else after
    return found


def _page(
    tx: Tx, people: Callable[[Tx, int, int], list[int]], look: Callable[[Tx, Sequence[int]], list[T]], after: int
) -> tuple[list[int], list[T]]:
    page = people(tx, after, PAGE)
    return page, look(tx, page)


class Places:
    """Every workspace met, with those that are decided and not made yet as if they were; theirs are negative keys.

    `references`: how files name those that Clerk doesn't have yet.
    """

    def __init__(self) -> None:
        self.by_key: dict[int, Workspace] = {}
        self.references: dict[int, Reference] = {}
        self._unmade: dict[str, Workspace] = {}
        self._met: Mapping[int, Workspace] = {}
        self._open: dict[str, int] = {}

    def world(self, tx: Tx, view: View, people: Iterable[Ahead], *, now: int) -> World:
        """What decides about the losses that lie ahead of these people."""
        return world(tx, view.settings, view.instance, self.by_key, self.references, people, now=now)

    def placed(self, one: Situation) -> Situation:
        """The same person, with a workspace for everything that is decided."""
        for reference in one.missing:
            if reference.key not in self._unmade:
                self._unmade[reference.key] = workspaces.unmade(reference, -1 - len(self._unmade))
        unmade = {place.pk: place for place in (self._unmade[item.key] for item in one.missing)}
        self._meet(one.workspaces)
        self.by_key.update(unmade)
        self.references.update({self._unmade[item.key].pk: item for item in one.missing})
        for reference in (item for known in one.known for item in known.decided) if self._open else ():
            if reference.key in self._open:
                self.references.setdefault(self._open[reference.key], reference)
        if not unmade:
            return one
        places = {**one.places, **{place.reference: pk for pk, place in unmade.items()}}
        return replace(one, workspaces={**one.workspaces, **unmade}, places=places, missing=())

    def _meet(self, found: Mapping[int, Workspace]) -> None:
        """People of one page have them in common."""
        if found is not self._met:
            self._met = found
            self.by_key.update(found)
            self._open = {place.reference: pk for pk, place in found.items() if place.organization is None}
