"""What `clerk doctor` says of roles, on values alone."""

from dataclasses import replace

import pytest

from bridge.instance.finding import Verdict
from bridge.instance.look import Look
from tests.instance.instances import ready, role, role_set
from tests.instance.looks import one


def test_a_missing_role_is_a_problem(look: Look) -> None:
    present = ready()
    without = {key: value for key, value in present.roles.items() if key != "org:editor"}
    assert one(replace(look, present=replace(present, roles=without)), "roles") == (
        Verdict.PROBLEM,
        "The instance has no org:editor.",
    )


@pytest.mark.parametrize(("key", "verdict"), [("org:viewer", Verdict.WARNING), ("org:owner", Verdict.PROBLEM)])
def test_a_role_without_its_permissions_is_told_and_an_owner_who_is_none_is_a_problem(
    look: Look, key: str, verdict: Verdict
) -> None:
    present = ready()
    roles = {**present.roles, key: role(key)}
    assert one(replace(look, present=replace(present, roles=roles)), "permissions")[0] is verdict


def test_a_role_set_without_a_role_is_a_problem(look: Look) -> None:
    short = replace(ready(), role_sets=(role_set("org:admin", "org:member"),))
    assert one(replace(look, present=short), "role_sets")[0] is Verdict.PROBLEM


def test_a_role_set_in_migration_is_a_warning(look: Look) -> None:
    moving = tuple(replace(each, migrating=True) for each in ready().role_sets)
    assert one(replace(look, present=replace(ready(), role_sets=moving)), "role_sets")[0] is Verdict.WARNING


def test_creators_who_become_no_owner_are_a_warning(look: Look) -> None:
    other = tuple(replace(each, creator_role="org:admin") for each in ready().role_sets)
    assert one(replace(look, present=replace(ready(), role_sets=other)), "creator_role")[0] is Verdict.WARNING


def test_organizations_that_are_off_are_one_problem_and_not_ten(look: Look) -> None:
    present = ready()
    off = replace(look, present=replace(present, settings=replace(present.settings, enabled=False), roles={}))
    assert one(off, "organizations")[0] is Verdict.PROBLEM
    assert one(off, "roles")[0] is Verdict.UNSEEN
