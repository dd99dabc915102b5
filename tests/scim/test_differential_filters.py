"""Our filters, which are SQL, against `ScimFilter.match` of scim2-models, which is Python: the same people are found.

What both see differently, on purpose, is in docs/scim-dialects.md, and pinned in the second half of this file.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import InvalidFilterException

from bridge.store.database import Database, open_database
from scim import filters, groups, listing, render, users
from scim.clean import clean
from scim.dialects import Healing
from scim.errors import InvalidFilter
from scim.listing import Asked, Window
from scim.ports import Tx
from scim.projection import Projection
from scim.schemas import GROUPS
from tests.scim import arbitrary, arbitrary_filters
from tests.scim.conftest import BADGE, ENTERPRISE, OPTIONS
from tests.scim.oracle import UNTOUCHED, Oracle, documented
from tests.support.examples import examples

SHAPE = OPTIONS["extended"].users.extended([arbitrary.LISTS])
ORACLE = Oracle(SHAPE)
CONNECTION = "differential"
BASE = "http://bridge.example/scim/v2/differential"
NOW = 1_790_000_000_000
NEVER = Projection(None, frozenset({(BADGE.lower(), "pin")}))
ALL = Window(1000)
ALWAYS_THERE = {
    "id": st.sampled_from(("id-0", "ID-1", "id-1", "id-", "")),
    "externalId": st.sampled_from(("a0", "A1", "a1", "b", "")),
    "userName": st.sampled_from(("a-0", "A-1", "ab", "-", "")),
    "schemas": st.sampled_from([schema.id for schema in SHAPE.schemas]),
    "meta.created": arbitrary.moments(NOW, NOW + 5000),
    "meta.lastModified": arbitrary.moments(NOW, NOW + 5000),
    "meta.resourceType": st.sampled_from(("User", "user", "Group")),
    "meta.version": st.sampled_from(('W/"1"', 'w/"1"', 'W/"2"')),
    "groups.value": st.sampled_from(("group-Ärzte", "group-a%", "GROUP-a%", "g")),
    "groups.display": st.sampled_from(("ÄRZTE", "a%", "A", "")),
    "groups.type": st.sampled_from(("direct", "DIRECT", "indirect")),
}
"""What to ask for where each person has a value."""
People = Sequence[Mapping[str, Any]]


@dataclass
class _Undone(Exception):
    """Ends a transaction without a trace, with what was found in it."""

    answered: list[dict[str, Any]]
    found: list[set[str]]


def _asked(tx: Tx, people: People, asked: Sequence[str]) -> None:
    """Store the people, the first one in two groups, and ask."""
    for number, one in enumerate(people):
        unique = {"userName": f"{'aAb'[number % 3]}-{number}", "externalId": f"{'aAb'[number % 3]}{number}"}
        resource = clean({**unique, **one}, SHAPE, Healing())
        users.create(tx, CONNECTION, resource, id=f"id-{number}", now=NOW + number * 1500, shape=SHAPE)
    for name in ("Ärzte", "a%"):
        group = clean({"displayName": name, "members": [{"value": "id-0"}]}, GROUPS, Healing())
        groups.create(tx, CONNECTION, group, id=f"group-{name}", now=NOW, unique_names=True)
    rows = listing.find(tx, CONNECTION, (Asked(SHAPE, filters.parse(None, SHAPE, Healing())),), ALL).rows
    rendered = render.groups_of(users.groups_of(tx, [row["pk"] for row in rows]), BASE)
    answered = [NEVER.apply(orjson.loads(render.user(row, BASE, rendered.get(row["pk"])))) for row in rows]
    raise _Undone(answered, [_found(tx, filter) for filter in asked])


def _found(tx: Tx, filter: str) -> set[str]:
    query = filters.parse(filter, SHAPE, Healing(), BASE)
    return {row["id"] for row in listing.find(tx, CONNECTION, (Asked(SHAPE, query),), ALL).rows}


async def _answers(store: Database, people: People, asked: Sequence[str]) -> _Undone:
    with pytest.raises(_Undone) as undone:
        await store.write(lambda tx: _asked(tx, people, asked))
    return undone.value


@pytest.fixture
async def store(common_database_url: str) -> AsyncIterator[Database]:
    database = open_database(common_database_url)
    yield database
    await database.close()


@st.composite
def _questions(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[str]]:
    """Some people, and filters that have to do with them."""
    people = draw(st.lists(arbitrary.resources(SHAPE), min_size=1, max_size=4))
    known = {**ALWAYS_THERE, **arbitrary.seen(SHAPE, people)}
    return people, draw(st.lists(arbitrary_filters.filters(SHAPE, known), min_size=5, max_size=10))


@given(question=_questions())
@examples(60)
async def test_the_same_people_are_found(store: Database, question: tuple[list[dict[str, Any]], list[str]]) -> None:
    people, asked = question
    answers = await _answers(store, people, asked)
    models = {one["id"]: ORACLE.read(one) for one in answers.answered}
    for filter, found in zip(asked, answers.found, strict=True):
        assert found == {id for id, model in models.items() if ORACLE.fits(filter, model)}, filter


# --- where we differ, on purpose

NAMELESS = {"emails": [{"value": "a@x.example", "display": "A"}, {"value": "b@x.example"}], BADGE: {"number": 7}}
LISTS = arbitrary.LISTS.id
DIFFERENT: Mapping[str, tuple[str, bool | None, bool | None]] = {
    # the page's words: the filter, whether it finds ODD with us, and with scim2-models (None: refused)
    "ß is SS, ς is σ": ('title eq "STRASSE"', True, False),
    "é in two compositions, where case matters": ('externalId eq "e\u0301"', False, True),
    "`eq null` of a part of a list": ("emails.display eq null", False, True),
    "`ne null` of a part of a list": ("emails.display ne null", True, False),
    "`ne` of an attribute that no schema has": ('nothing ne "x"', True, False),
    "`eq null` of an attribute that no schema has": ("nothing eq null", True, False),
    "`ne` of an unknown part in brackets": ('emails[nothing ne "x"]', True, False),
    "a number against a text": ("userName eq 7", True, None),
    "a word against a boolean": ('active eq "perhaps"', False, None),
    "1 against a boolean": ("active eq 1", False, True),
    "a password": ('password lt "x"', False, None),
    "a fraction against an integer": (f"{BADGE}:number eq 7.5", False, None),
    "`co`, `sw` and `ew` of a number": (f'{BADGE}:number co "7"', None, False),
    "`co`, `sw` and `ew` of a binary value": ('x509Certificates.value co "YQ"', False, None),
    "a number against a date": (f"{BADGE}:issued eq 0", None, False),
    "a date without a zone": (f'{BADGE}:issued gt "2020-01-01T00:00:00"', True, False),
    "a date in the brackets of a plain list": (f'{LISTS}:dateTimes[value eq "2027-01-31T10:30:00+01:00"]', True, False),
    "any operator but `eq`, `ne` and `pr` of `meta.location`": ('meta.location sw "http"', None, True),
    "a complex value compared as a whole": ('name eq "x"', None, False),
    "`urn:…:User.department`, with a dot": (f'{ENTERPRISE}.department eq "it"', True, False),
}
ODD = {"userName": "7", "active": True, "externalId": "é", "title": "Straße", **NAMELESS,
       BADGE: {"number": 7, "issued": "2027-01-31T09:30:00Z"}, LISTS: {"dateTimes": ["2027-01-31T09:30:00Z"]},
       ENTERPRISE: {"department": "IT"}}  # fmt: skip


@pytest.mark.parametrize("said", DIFFERENT)
async def test_the_documented_differences_are_these(store: Database, said: str) -> None:
    """If one of them ends, its line in docs/scim-dialects.md goes, too."""
    filter, ours, theirs = DIFFERENT[said]
    try:
        found: bool | None = bool((await _answers(store, [ODD], [filter])).found[0])
    except InvalidFilter:
        found = None
    try:
        model = ORACLE.read({**clean(ODD, SHAPE, Healing()), "meta": {"location": BASE}})
        fits: bool | None = ORACLE.fits(filter, model, UNTOUCHED)
    except InvalidFilterException:
        fits = None
    assert (found, fits) == (ours, theirs)


def test_the_page_lists_each_difference() -> None:
    assert documented("a filter") == list(DIFFERENT)
