"""Our PATCH of a group's members, which are rows, against `PatchOp.patch` of scim2-models, where they are a list."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.database import Database, open_database
from scim import groups, membership, patch, users
from scim.clean import clean
from scim.dialects import Healing
from scim.ports import Tx
from scim.schemas import GROUPS, USERS
from tests.scim.conftest import GROUP, PATCH
from tests.scim.oracle import Oracle
from tests.support.examples import examples

ORACLE = Oracle(GROUPS)
CONNECTION = "differential-members"
NOW = 1_790_000_000_000
KINDS = {"u0": "User", "u1": "User", "u2": "User", "child": "Group", "Other": "Group", "nobody": None, "Nobody": None}
"""Users, groups, and who isn't there yet."""


@dataclass
class _Undone(Exception):
    """Ends a transaction without a trace, with the members that were left in it."""

    left: list[str]


def _member(id: str) -> dict[str, str]:
    kind = KINDS[id]
    return {"value": id, **({"type": kind} if kind else {})}


def _patched(tx: Tx, first: Sequence[str], operations: Sequence[Any]) -> None:
    for id in ("u0", "u1", "u2"):
        users.create(tx, CONNECTION, clean({"userName": id}, USERS, Healing()), id=id, now=NOW)
    for id in ("child", "Other", "team"):
        body = {"displayName": id, "members": [_member(one) for one in first] if id == "team" else []}
        groups.create(tx, CONNECTION, clean(body, GROUPS, Healing()), id=id, now=NOW, unique_names=True)
    healing = Healing()
    ops = patch.operations({"schemas": [PATCH], "Operations": operations}, healing)
    row, _ = groups.patch(tx, CONNECTION, "team", ops, now=NOW, healing=healing, unique_names=True)
    raise _Undone(sorted(one["value"] for one in membership.of(tx, row["pk"])))


def _theirs(first: Sequence[str], operations: Sequence[Any]) -> list[str]:
    team = {"schemas": [GROUP], "displayName": "team", "members": [_member(id) for id in first]}
    patched = ORACLE.patched(team, operations)
    assert patched is not None, "nothing here is to be refused"
    return sorted({one["value"] for one in patched.get("members", ())})


@pytest.fixture
async def store(common_database_url: str) -> AsyncIterator[Database]:
    database = open_database(common_database_url)
    yield database
    await database.close()


_ids = st.sampled_from(sorted(KINDS))
_some = st.lists(_ids, min_size=1, max_size=3).map(lambda ids: [_member(id) for id in ids])
_tests = st.one_of(
    st.builds(
        'value {} "{}"'.format, st.sampled_from(("eq", "ne", "sw", "co", "ew")), _ids | st.sampled_from(("u", "o", ""))
    ),
    st.builds('type {} "{}"'.format, st.sampled_from(("eq", "ne")), st.sampled_from(("User", "group", "x"))),
    st.sampled_from(("type pr", "type eq null", "value pr")),
)
_filters = st.recursive(
    _tests,
    lambda inner: st.one_of(
        st.builds("{} or {}".format, inner, inner), st.builds("{} and {}".format, inner, inner), inner.map("not ({})".format)
    ),
    max_leaves=3,
)
_operations = st.one_of(
    st.builds(lambda op, value: {"op": op, "path": "members", "value": value}, st.sampled_from(("add", "replace")), _some),
    st.builds(lambda op, value: {"op": op, "value": {"members": value}}, st.sampled_from(("add", "replace")), _some),
    st.builds(lambda value: {"op": "remove", "path": "members", "value": value}, _some),
    st.builds(lambda filter: {"op": "remove", "path": f"members[{filter}]"}, _filters),
    st.builds(lambda filter: {"op": "remove", "path": f"{GROUP}:members[{filter}]"}, _filters),
    st.sampled_from(({"op": "remove", "path": "members"}, {"op": "replace", "path": "members", "value": []})),
)


@given(first=st.lists(_ids, max_size=6, unique=True), operations=st.lists(_operations, min_size=1, max_size=4))
@examples(80)
async def test_the_same_members_are_left(store: Database, first: list[str], operations: list[Any]) -> None:
    with pytest.raises(_Undone) as undone:
        await store.write(lambda tx: _patched(tx, first, operations))
    assert undone.value.left == _theirs(first, operations)
