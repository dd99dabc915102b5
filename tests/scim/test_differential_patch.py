"""Our PATCH of users, on plain dictionaries, against `PatchOp.patch` of scim2-models: the same users come out of it.

What both see differently, on purpose, is in docs/scim-dialects.md, and pinned in the second half of this file.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.database import Database, open_database
from scim import patch, render, users
from scim.clean import clean
from scim.dialects import Healing
from scim.errors import ScimError
from scim.ports import Tx
from scim.search import moment, sortable
from tests.scim import arbitrary, arbitrary_patch
from tests.scim.conftest import BADGE, ENTERPRISE, OPTIONS, PATCH
from tests.scim.oracle import Oracle, documented
from tests.support.examples import examples

SHAPE = OPTIONS["extended"].users.extended([arbitrary.LISTS])
ORACLE = Oracle(SHAPE)
CONNECTION = "differential"
NOW = 1_790_000_000_000
Operations = Sequence[Mapping[str, Any]]


@dataclass
class _Undone(Exception):
    """Ends a transaction without a trace, with what came out of it; None: refused."""

    patched: dict[str, Any] | None


def _patched(tx: Tx, user: dict[str, Any], operations: Operations) -> None:
    users.create(tx, CONNECTION, user, id="id", now=NOW, shape=SHAPE)
    healing = Healing()
    try:
        ops = patch.operations({"schemas": [PATCH], "Operations": operations}, healing)
        row, _ = users.patch(tx, CONNECTION, "id", ops, now=NOW, healing=healing, shape=SHAPE)
    except ScimError:
        raise _Undone(None) from None
    raise _Undone(render.parsed(row["body"]))


async def _ours(store: Database, user: dict[str, Any], operations: Operations) -> Any:
    with pytest.raises(_Undone) as undone:
        await store.write(lambda tx: _patched(tx, user, operations))
    return _compared(undone.value.patched)


def _theirs(user: dict[str, Any], operations: Operations) -> Any:
    return _compared(ORACLE.patched(user, operations))


def _compared(user: dict[str, Any] | None) -> Any:
    """What is empty is left out, and dates are moments."""
    return _plain(clean(user, SHAPE, Healing())) if user is not None else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    at = moment(value) if isinstance(value, str) and value[4:5] == "-" else None
    return sortable(at) if at is not None else value


@pytest.fixture
async def store(common_database_url: str) -> AsyncIterator[Database]:
    database = open_database(common_database_url)
    yield database
    await database.close()


@st.composite
def _messages(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A user, and operations that have to do with them."""
    user = clean({"userName": "ada", "active": True, **draw(arbitrary.resources(SHAPE))}, SHAPE, Healing())
    return user, draw(st.lists(arbitrary_patch.operations(SHAPE, arbitrary.seen(SHAPE, [user])), min_size=1, max_size=3))


@given(message=_messages())
@examples(120)
async def test_the_same_user_comes_out(store: Database, message: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    user, operations = message
    assert await _ours(store, user, operations) == _theirs(user, operations)


# --- where we differ, on purpose

LISTS = arbitrary.LISTS.id
USER: dict[str, Any] = {
    "userName": "ada",
    "emails": [{"value": "a@x.example", "type": "work", "primary": True}, {"value": "b@x.example", "type": "home"}],
    "title": "Dr",
    "name": {"givenName": "Ada", "familyName": "O"},
    LISTS: {"dateTimes": ["2027-01-31T09:30:00Z"]},
}
A, B = USER["emails"]
NEW = {"value": "c@x.example"}
REFUSED: Any = "refused"
DIFFERENT: Mapping[str, tuple[dict[str, Any], Any, Any]] = {
    # the page's words: the operation, what changes with us, and with scim2-models
    "a part of a list that isn't there": (
        {"op": "add", "path": "roles.value", "value": "x"},
        {"roles": [{"value": "x"}]},
        {},
    ),
    "several primary values in one write": (
        {"op": "replace", "path": "emails", "value": [A, {**NEW, "primary": True}]},
        {"emails": [A, {**NEW, "primary": False}]},
        REFUSED,
    ),
    "every element made primary": (
        {"op": "add", "path": "emails.primary", "value": True},
        {"emails": [A, {**B, "primary": False}]},
        {"emails": [{**A, "primary": False}, {**B, "primary": True}]},
    ),
    "a removal with a value, of what has only one": (
        {"op": "remove", "path": "title", "value": "Prof"},
        {"title": None},
        REFUSED,
    ),
    "an unknown part in brackets": ({"op": "remove", "path": 'emails[nothing eq "x"]'}, {}, REFUSED),
    "what is read-only": ({"op": "replace", "path": "groups", "value": []}, {}, REFUSED),
    "`schemas`": ({"op": "replace", "path": "schemas", "value": []}, {}, REFUSED),
    "a list of one for one value": ({"op": "replace", "path": "title", "value": ["X"]}, {"title": "X"}, REFUSED),
    "one value for a list": (
        {"op": "add", "path": "emails", "value": "c@x.example"},
        {"emails": [A, B, NEW]},
        REFUSED,
    ),
    "a number for a text": ({"op": "replace", "path": "title", "value": 7}, {"title": "7"}, REFUSED),
    "an address without a letter": ({"op": "add", "path": "profileUrl", "value": ""}, {}, REFUSED),
    "an address": (
        {"op": "add", "path": "profileUrl", "value": "a b"},
        {"profileUrl": "a b"},
        REFUSED,
    ),
    "an extension's attribute without its URN": (
        {"op": "add", "path": "manager", "value": "7"},
        {"schemas": [SHAPE.core.id, ENTERPRISE, LISTS], ENTERPRISE: {"manager": {"value": "7"}}},
        {},
    ),
    "a date that is in a plain list already": (
        {"op": "add", "path": f"{LISTS}:dateTimes", "value": ["2027-01-31T10:30:00+01:00"]},
        {},
        {LISTS: {"dateTimes": ["2027-01-31T09:30:00.000000Z", "2027-01-31T09:30:00.000000Z"]}},
    ),
    "7.0 for an integer": (
        {"op": "add", "path": f"{BADGE}:number", "value": 7.0},
        REFUSED,
        {"schemas": [SHAPE.core.id, BADGE, LISTS], BADGE: {"number": 7}},
    ),
    "a number for a date": (
        {"op": "add", "path": f"{BADGE}:issued", "value": 0},
        REFUSED,
        {"schemas": [SHAPE.core.id, BADGE, LISTS], BADGE: {"issued": "1970-01-01T00:00:00.000000Z"}},
    ),
}


@pytest.mark.parametrize("said", DIFFERENT)
async def test_the_documented_differences_are_these(store: Database, said: str) -> None:
    """If one of them ends, its line in docs/scim-dialects.md goes, too."""
    operation, ours, theirs = DIFFERENT[said]
    user = _compared({**USER, "active": True})
    assert _changes(user, await _ours(store, user, [operation])) == ours
    assert _changes(user, _theirs(user, [operation])) == theirs


def _changes(before: dict[str, Any], after: dict[str, Any] | None) -> Any:
    if after is None:
        return REFUSED
    return {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def test_the_page_lists_each_difference() -> None:
    assert documented("a PATCH") == list(DIFFERENT)
