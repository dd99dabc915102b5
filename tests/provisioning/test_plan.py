"""The pure plan: what is decided against what Clerk has, in every mode (R2, R3, R5, R7, R9)."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.people.grant import Grant, State
from bridge.provisioning.brake import Budget, Usage, judge
from bridge.provisioning.observed import Seen, observed
from bridge.provisioning.plan import Step, Terms, Want, diff

NOW = 1_000_000
RANKS = {"org:viewer": 1, "org:editor": 2, "org:admin": 3, "org:owner": 4}


def _terms(**keys: Any) -> Terms:
    base: dict[str, Any] = {
        "now": NOW,
        "active": True,
        "changed_at": NOW,
        "settle_ms": 0,
        "modes": {"acme": "enforce"},
        "reach": {1: ("acme",), 2: ("acme",), 3: ("acme",)},
        "ranks": RANKS,
    }
    return Terms(**{**base, **keys})


def _want(workspace: int, role: str) -> Want:
    return Want(workspace, role, RANKS[role], ("acme",), ({"rule": "r", "facts": ["f"]},))


def _have(workspace: int, role: str | None, **keys: Any) -> Grant:
    base = Grant(workspace, ("acme",), role, role, "orgmem_1", True, None, State.GRANTED, None, (), None, 0)
    return replace(base, **keys)


def _kinds(steps: tuple[Step, ...]) -> list[tuple[str, int, str | None]]:
    return [(step.kind, step.workspace, step.to_role) for step in steps]


def test_gains_come_before_losses_so_that_a_move_never_leaves_nothing() -> None:
    plan = diff([_want(2, "org:editor")], [_have(1, "org:editor")], _terms())
    assert _kinds(plan.steps) == [("add", 2, "org:editor"), ("remove", 1, None)]


def test_a_loss_that_settles_says_when_it_is_ripe_and_keeps_that_time() -> None:
    first = diff([], [_have(1, "org:editor")], _terms(settle_ms=10_000))
    assert (first.steps, first.again_at) == ((), NOW + 10_000)
    later = diff([], first.rows, _terms(settle_ms=10_000, changed_at=NOW + 5_000, now=NOW + 5_000))
    assert later.again_at == NOW + 10_000
    ripe = diff([], later.rows, _terms(settle_ms=10_000, now=NOW + 10_000))
    assert _kinds(ripe.steps) == [("remove", 1, None)]


def test_a_loss_that_was_ripe_at_its_first_plan_settles_no_more_when_the_person_is_marked_again() -> None:
    first = diff([], [_have(1, "org:editor")], _terms(settle_ms=10_000, changed_at=NOW - 20_000))
    held = [replace(row, state=State.HELD) for row in first.rows]
    marked = diff([], held, _terms(settle_ms=10_000, changed_at=NOW + 5_000, now=NOW + 5_000))
    assert _kinds(first.steps) == _kinds(marked.steps) == [("remove", 1, None)]


def test_a_role_that_a_hand_raised_is_taken_back_at_once() -> None:
    seen = {1: Seen("orgmem_1", "org:admin")}
    (row,) = observed([_have(1, "org:editor")], seen, RANKS, now=NOW)
    plan = diff([_want(1, "org:editor")], [row], _terms(settle_ms=10_000))
    assert (_kinds(plan.steps), plan.again_at) == ([("lower", 1, "org:editor")], None)


def test_deactivation_waits_for_nothing() -> None:
    plan = diff([], [_have(1, "org:editor")], _terms(active=False, settle_ms=10_000))
    assert _kinds(plan.steps) == [("remove", 1, None)]


def test_a_role_from_before_us_comes_back_even_if_it_is_higher() -> None:
    have = _have(1, "org:viewer", before="org:admin")
    assert _kinds(diff([], [have], _terms()).steps) == [("raise", 1, "org:admin")]


def test_a_connection_that_no_file_describes_takes_nothing_away() -> None:
    plan = diff([], [_have(1, "org:editor", connections=("gone",))], _terms())
    assert plan.steps == ()
    assert plan.rows[0].state is State.RETAINED


def test_a_blocked_workspace_is_left_until_it_opens() -> None:
    plan = diff([_want(1, "org:editor")], [_have(2, "org:editor")], _terms(blocked={1: "full", 2: "gone"}))
    assert plan.steps == ()
    assert {row.state for row in plan.rows} == {State.BLOCKED}


def test_in_a_conflict_nothing_moves() -> None:
    terms = _terms(barrier="conflict", conflict="two people")
    plan = diff([_want(1, "org:editor")], [_have(2, "org:editor")], terms)
    assert plan.steps == ()
    assert {(row.state, row.cause) for row in plan.rows} == {(State.CONFLICT, "two people")}


_roles = st.sampled_from(sorted(RANKS))
_wants = st.dictionaries(st.integers(1, 3), _roles)
_haves = st.dictionaries(st.integers(1, 3), _roles)


@given(_wants, _haves, st.randoms())
def test_carried_out_a_plan_leads_exactly_to_what_is_decided(
    wants: dict[int, str], haves: dict[int, str], random: Any
) -> None:
    wanted, had = [_want(*item) for item in wants.items()], [_have(*item) for item in haves.items()]
    plan = diff(wanted, had, _terms())
    state = dict(haves)
    for step in plan.steps:
        assert state.get(step.workspace) == step.from_role
        if step.to_role is None:
            del state[step.workspace]
        else:
            state[step.workspace] = step.to_role
    assert state == wants
    random.shuffle(wanted)
    random.shuffle(had)
    assert diff(wanted, had, _terms()) == plan


@given(_wants, _haves)
def test_what_is_as_decided_needs_no_step(wants: dict[int, str], haves: dict[int, str]) -> None:
    rows = diff([_want(*item) for item in wants.items()], [_have(*item) for item in haves.items()], _terms()).rows
    done = [replace(row, in_clerk=row.decided, ours=True) for row in rows if row.decided is not None]
    assert diff([_want(*item) for item in wants.items()], done, _terms()).steps == ()


@given(_haves, st.sampled_from(["observe", "additive"]))
def test_only_enforce_takes_away(haves: dict[int, str], mode: str) -> None:
    plan = diff([], [_have(*item) for item in haves.items()], _terms(modes={"acme": mode}))
    assert plan.losses == ()


def test_our_own_lost_write_is_told_from_a_hand() -> None:
    pending = _have(1, None, decided="org:editor", membership=None, ours=False, state=State.PENDING)
    lost = observed([pending], {1: Seen("m", "org:editor", made_here=True)}, RANKS, now=NOW)[0]
    assert (lost.ours, lost.state) == (True, State.GRANTED)
    by_hand = observed([pending], {1: Seen("m", "org:viewer")}, RANKS, now=NOW)[0]
    assert (by_hand.ours, by_hand.state) == (False, State.LEFT_ALONE)
    the_same = observed([pending], {1: Seen("m", "org:editor")}, RANKS, now=NOW)[0]
    assert (the_same.ours, the_same.state) == (False, State.LEFT_ALONE)


def test_a_membership_made_anew_by_hand_is_foreign() -> None:
    row = observed([_have(1, "org:editor")], {1: Seen("orgmem_2", "org:editor")}, RANKS, now=NOW)[0]
    assert (row.ours, row.membership, row.state) == (False, "orgmem_2", State.LEFT_ALONE)


def test_a_hand_lowering_stands_and_a_hand_raise_does_not() -> None:
    lowered = observed([_have(1, "org:admin")], {1: Seen("orgmem_1", "org:viewer")}, RANKS, now=NOW)
    assert lowered[0].state is State.DRIFTED
    assert diff([_want(1, "org:admin")], lowered, _terms()).steps == ()
    raised = observed([_have(1, "org:editor")], {1: Seen("orgmem_1", "org:owner")}, RANKS, now=NOW)
    assert _kinds(diff([_want(1, "org:editor")], raised, _terms()).steps) == [("lower", 1, "org:editor")]


def test_somebody_counted_in_the_window_costs_no_more() -> None:
    step = Step("remove", 1, "org:editor", None, ("acme",), "x")
    usage = Usage({"acme": frozenset({7, 8})}, {"acme": 10}, present={1: 2})
    assert judge(7, [step], {"acme": Budget(2, 0)}, usage).go == (step,)
    assert judge(9, [step], {"acme": Budget(2, 0)}, usage).go == ()


@given(st.integers(0, 200), st.integers(0, 20), st.floats(0, 100))
def test_never_more_people_go_than_the_larger_of_the_two(population: int, people: int, percent: float) -> None:
    budget = Budget(people, percent)
    gone: set[int] = set()
    for person in range(population):
        usage = Usage({"acme": frozenset(gone)}, {"acme": population}, present={1: 2})
        step = Step("remove", 1, "org:editor", None, ("acme",), "x")
        if judge(person, [step], {"acme": budget}, usage).go:
            gone.add(person)
    assert len(gone) <= max(people, population * percent / 100)
