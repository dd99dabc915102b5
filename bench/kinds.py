"""What is asked of the service, kind by kind, and how many times the floor it may cost.

`make(population, number)` gives the request of that number; no two numbers of one kind ask for the same change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from bench.load import Call
from bench.onboarding import PATCH
from bench.population import Population, Someone, user

PAGE = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """`bar`: times the floor's CPU. `writes`: there is something to do behind the answer."""

    name: str
    bar: float
    make: Callable[[Population, int], Call]
    writes: bool = False


def add_members(population: Population, group: str, people: tuple[Someone, ...]) -> Call:
    """One PATCH that adds them all."""
    value = [{"value": one.id} for one in people]
    return _patch(population, f"Groups/{group}", {"op": "add", "path": "members", "value": value})


def page(population: Population, people: tuple[Someone, ...], number: int) -> Call:
    """A page of a hundred out of a stretch of the directory, pages in turn."""
    first = population.order.index(people[0]) + number * PAGE % (len(people) // PAGE * PAGE)
    return _get(population, f"Users?startIndex={first + 1}&count={PAGE}")


def _get_alone(population: Population, number: int) -> Call:
    return _get(population, f"Users/{_nth(population.alone, number).id}")


def _get_grouped(population: Population, number: int) -> Call:
    return _get(population, f"Users/{_nth(population.grouped, number).id}")


def _find_alone(population: Population, number: int) -> Call:
    return _find(population, _nth(population.alone, number))


def _find_grouped(population: Population, number: int) -> Call:
    return _find(population, _nth(population.grouped, number))


def _create(population: Population, number: int) -> Call:
    return Call("POST", f"/scim/v2/{population.connection}/Users", user(f"new{number:06}@{population.connection}.example"))


def _active_alone(population: Population, number: int) -> Call:
    return _active(population, population.alone, number)


def _active_grouped(population: Population, number: int) -> Call:
    return _active(population, population.grouped, number)


def _join_ten(population: Population, number: int) -> Call:
    """Another group of ten each time; once all had one, another person."""
    turn = number // len(population.tens)
    return add_members(population, _nth(population.tens, number), (_nth(population.joiners, number + turn),))


def _join_big(population: Population, number: int) -> Call:
    return add_members(population, population.big, (_nth(population.joiners, number),))


def _get(population: Population, path: str) -> Call:
    return Call("GET", f"/scim/v2/{population.connection}/{path}")


def _find(population: Population, one: Someone) -> Call:
    asked = f'userName eq "{one.name}"'
    return _get(population, f"Users?filter={quote(asked)}")


def _active(population: Population, people: tuple[Someone, ...], number: int) -> Call:
    """Each turn through the people says the opposite of the one before: nothing is a no-op."""
    value = {"active": number // len(people) % 2 == 1}
    return _patch(population, f"Users/{_nth(people, number).id}", {"op": "replace", "value": value})


def _patch(population: Population, path: str, operation: dict[str, object]) -> Call:
    return Call("PATCH", f"/scim/v2/{population.connection}/{path}", {"schemas": [PATCH], "Operations": [operation]})


def _nth(people: tuple[T, ...], number: int) -> T:
    return people[number % len(people)]


JOIN_TEN = Kind("add one member, group of 10", 3.5, _join_ten, writes=True)
JOIN_BIG = Kind("add one member, half the directory", 3.5, _join_big, writes=True)
KINDS = (
    Kind("GET by id, in no group", 1.6, _get_alone),
    Kind("GET by id, in 10 groups", 1.6, _get_grouped),
    Kind("userName eq, in no group", 2.0, _find_alone),
    Kind("userName eq, in 10 groups", 2.0, _find_grouped),
    Kind("POST", 3.5, _create, writes=True),
    Kind("PATCH active, in no group", 3.5, _active_alone, writes=True),
    Kind("PATCH active, in 10 groups", 3.5, _active_grouped, writes=True),
    JOIN_TEN,
    JOIN_BIG,
)
