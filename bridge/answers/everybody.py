"""Everybody, a page at a time, for answers that are about all people; reads only, and remembers little of each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bridge.people import workspaces
from bridge.people.workspaces import Workspace
from bridge.provisioning.situation import Situation
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
    """Every workspace met, with those that are decided and not made yet as if they were; theirs are negative keys."""

    def __init__(self) -> None:
        self.by_key: dict[int, Workspace] = {}
        self._unmade: dict[str, Workspace] = {}

    def placed(self, one: Situation) -> Situation:
        """The same person, with a workspace for everything that is decided."""
        for reference in one.missing:
            if reference.key not in self._unmade:
                self._unmade[reference.key] = workspaces.unmade(reference, -1 - len(self._unmade))
        unmade = {place.pk: place for place in (self._unmade[item.key] for item in one.missing)}
        self.by_key.update(one.workspaces)
        self.by_key.update(unmade)
        if not unmade:
            return one
        places = {**one.places, **{place.reference: pk for pk, place in unmade.items()}}
        return replace(one, workspaces={**one.workspaces, **unmade}, places=places, missing=())
