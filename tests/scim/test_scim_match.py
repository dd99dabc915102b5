"""Brackets mean the same in a PATCH, which is judged in Python, and in a filter, which is SQL."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from bridge.store.database import Database, open_database
from scim import filters, listing, users
from scim.clean import clean
from scim.dialects import Healing
from scim.listing import Asked, Window
from scim.match import matches
from scim.ports import Tx
from scim.rfc import ValuePath, parse_path
from scim.schemas import USERS, Attribute, Schema

PARTS = (
    Attribute("text", ""),
    Attribute("exact", "", case_exact=True),
    Attribute("size", "", "integer"),
    Attribute("weight", "", "decimal"),
    Attribute("at", "", "dateTime"),
    Attribute("done", "", "boolean"),
)
LIST = Attribute("list", "", "complex", many=True, sub=PARTS)
PLAIN = Attribute("plain", "", "integer", many=True)
URN = "urn:acme:list:2.0:User"
SHAPE = USERS.extended([Schema.of(URN, "List", "Lists", LIST, PLAIN)])
ELEMENTS: tuple[Mapping[str, Any], ...] = (
    {"text": "Ärger", "exact": "a", "size": 9, "weight": 9.5, "at": "2027-01-31T10:30:00+01:00", "done": True},
    {"text": "", "exact": "A", "size": 10, "weight": 10.0, "at": "2027-01-31T09:30:00.5Z", "done": False},
    {"text": "straße"},
    {"size": -1, "exact": ""},
)
ASKED = (
    'text eq "ÄRGER"', 'text ne "ärger"', 'text eq "STRASSE"', 'text co "SS"', 'text sw ""', "text pr",
    "text eq null", 'text eq ""', 'exact eq "a"', 'exact gt "A"', 'exact co "a"', "exact pr", "exact ne null",
    "size eq 9", "size eq 9.0", 'size eq "9"', "size gt 9", "size lt 10", "size ge 1e1", "size le -1", "size pr",
    "size eq null", "size ne 9", "size lt 99999999999999999999999", "weight gt 9.75", "weight eq 10",
    'at eq "2027-01-31T09:30:00Z"', 'at gt "2027-01-31T09:30:00.000Z"', 'at le "2027-01-31T01:30:00-08:00"', "at pr",
    'at ne "2027-01-31T09:30:00Z"', 'at co "2027"', "done eq true", "done ne true", 'done eq "False"', "done pr",
    "not (done pr)", 'size gt 9 or text eq "straße"', "not (size gt 9 and done eq false)", "nothing eq 1",
    "nothing ne 1", "nothing pr",
)  # fmt: skip


@pytest.fixture
async def store(common_database_url: str) -> AsyncIterator[Database]:
    database = open_database(common_database_url)
    yield database
    await database.close()


class _Undone(Exception):
    """Ends a transaction without a trace."""


async def test_an_element_is_chosen_if_a_filter_finds_its_user(store: Database) -> None:
    def ask(tx: Tx) -> None:
        for number, element in enumerate(ELEMENTS):
            person = clean({"userName": f"u{number}", URN: {"list": [element]}}, SHAPE, Healing())
            users.create(tx, "matching", person, id=str(number), now=0, shape=SHAPE)
        for asked in ASKED:
            path = parse_path(f"{URN}:list[{asked}]")
            assert isinstance(path, ValuePath)
            chosen = [str(number) for number, one in enumerate(ELEMENTS) if matches(path.val_filter, one, LIST)]
            assert _found(tx, f"{URN}:list[{asked}]") == chosen, asked
        raise _Undone

    with pytest.raises(_Undone):
        await store.write(ask)


async def test_a_plain_value_is_chosen_if_a_filter_finds_its_user(store: Database) -> None:
    def ask(tx: Tx) -> None:
        for number in (2, 10):
            person = clean({"userName": f"u{number}", URN: {"plain": [number]}}, SHAPE, Healing())
            users.create(tx, "matching", person, id=str(number), now=0, shape=SHAPE)
        for asked in ("value gt 9", "value eq 2.0", "value pr", "value eq null", "not (value lt 5)", "other eq 2"):
            path = parse_path(f"{URN}:plain[{asked}]")
            assert isinstance(path, ValuePath)
            assert _found(tx, f"{URN}:plain[{asked}]") == [
                str(one) for one in (2, 10) if matches(path.val_filter, one, PLAIN)
            ]
        raise _Undone

    with pytest.raises(_Undone):
        await store.write(ask)


def _found(tx: Tx, filter: str) -> list[str]:
    query = filters.parse(filter, SHAPE, Healing())
    return [row["id"] for row in listing.find(tx, "matching", (Asked(SHAPE, query),), Window(10)).rows]
