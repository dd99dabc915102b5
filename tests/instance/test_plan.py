"""What `clerk setup` would do, decided on values alone."""

import ast
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridge.instance
from bridge.clerk.entrances import Room
from bridge.clerk.jwt_templates import Template
from bridge.clerk.permissions import Permission
from bridge.clerk.role_sets import RoleSet
from bridge.clerk.roles import Role as ClerkRole
from bridge.instance.plan import plan
from bridge.instance.present import Present
from bridge.instance.steps import IdOf, Plan, Step
from bridge.instance.wanted import CLAIMS, RIGHTS, wanted
from mappings.roles import Role
from tests.instance.instances import KEYS, SYSTEM, WANTED, bare, ready, role, role_set

ROOM = Path(bridge.instance.__file__).parent
CHECKS = ROOM / "checks"


def _calls(found: Plan) -> list[str]:
    return [f"{step.call.method} {step.call.path}" for step in found.steps]


def test_an_instance_that_has_everything_needs_nothing() -> None:
    assert plan(ready(), WANTED) == Plan((), (), ())


def test_a_bare_instance_gets_permissions_then_roles_then_the_set_then_the_token() -> None:
    found = plan(bare(), wanted(KEYS, creator=Role.OWNER))
    order = [call for at, call in enumerate(_calls(found)) if at == 0 or _calls(found)[at - 1] != call]
    assert order == [
        "POST /organization_permissions",
        "POST /organization_roles",
        "POST /organization_roles/{role}/permissions/{permission}",
        "POST /organization_roles",
        "PATCH /role_sets/{role_set}",
        "POST /jwt_templates",
    ]
    assert [step.makes for step in found.steps if step.call.path == "/organization_roles"] == [
        "org:owner",
        "org:editor",
        "org:viewer",
    ]


def test_a_role_holds_what_every_lower_role_holds() -> None:
    rights = [{right.key for right in WANTED.rights(KEYS[word])} for word in ("viewer", "editor", "admin", "owner")]
    assert all(lower < higher for lower, higher in pairwise(rights))
    assert rights[-1] == {right.key for right in RIGHTS}


def test_only_an_owner_has_to_do_with_billing() -> None:
    holders = {word for word, key in KEYS.items() if any("billing" in right.key for right in WANTED.rights(key))}
    assert holders == {"owner"}


def test_every_step_says_what_it_does_and_why() -> None:
    assert all(step.what and step.why for step in plan(bare(), WANTED).steps)


def test_a_permission_given_by_hand_is_left_and_told() -> None:
    present = ready()
    more = replace(present.roles["org:viewer"], permissions=(*present.roles["org:viewer"].permissions, _permission("x")))
    found = plan(replace(present, roles={**present.roles, "org:viewer": more}), WANTED)
    assert found.steps == ()
    assert found.left == ("org:viewer also has org:x:read",)


def test_a_permission_that_is_missing_is_given_by_itself_so_that_nothing_else_is_replaced() -> None:
    present = ready()
    less = replace(present.roles["org:editor"], permissions=present.roles["org:editor"].permissions[:-1])
    [step] = plan(replace(present, roles={**present.roles, "org:editor": less}), WANTED).steps
    assert step.call.path == "/organization_roles/{role}/permissions/{permission}"
    assert step.call.body == {}


def test_a_role_outside_the_set_that_a_workspace_uses_is_added_to_that_set() -> None:
    present = ready()
    other = role_set("org:admin", key="role_set:other", initial=False)
    room = {"org_1": _room("org_1", "role_set:other")}
    found = plan(replace(present, role_sets=(*present.role_sets, other), rooms=room), WANTED)
    [step] = found.steps
    assert step.call.path == "/role_sets/{role_set}/roles"
    assert step.call.body == {"role_keys": ["org:owner", "org:editor", "org:viewer"]}
    assert "Production" in step.why


def test_a_set_that_nobody_of_ours_uses_is_left_alone() -> None:
    present = ready()
    other = role_set("org:admin", key="role_set:other", initial=False)
    assert plan(replace(present, role_sets=(*present.role_sets, other)), WANTED).steps == ()


def test_a_set_without_room_is_for_a_human() -> None:
    full = role_set(*(f"org:r{number}" for number in range(9)), "org:admin")
    found = plan(replace(ready(), role_sets=(full,)), WANTED)
    assert found.steps == ()
    assert "no room for org:owner, org:editor, org:viewer" in found.by_hand[0]


def test_a_set_whose_members_are_being_moved_is_waited_for() -> None:
    found = plan(replace(ready(), role_sets=(role_set("org:admin", migrating=True),)), WANTED)
    assert found.steps == ()
    assert "Wait until that is done" in found.by_hand[0]


@pytest.mark.parametrize("sets", [(), (role_set("org:admin", initial=False),)])
def test_roles_without_a_set_that_new_workspaces_get_are_for_a_human(sets: tuple[RoleSet, ...]) -> None:
    found = plan(replace(ready(), role_sets=sets), WANTED)
    assert found.steps == ()
    assert "Make one the initial set" in found.by_hand[0]


def test_the_default_role_is_changed_only_where_that_is_asked_for() -> None:
    assert plan(ready(), wanted(KEYS, creator=Role.OWNER)).steps == ()
    [step] = plan(ready(), wanted(KEYS, default=Role.VIEWER)).steps
    assert step.call.body == {"default_role_key": "org:viewer"}


def test_a_claim_that_differs_is_set_and_what_others_added_stays() -> None:
    present = ready()
    claims = {**CLAIMS, "aud": "other", "theirs": "{{user.id}}"}
    template = replace(present.templates["convex"], claims=claims, lifetime=120)
    found = plan(replace(present, templates={"convex": template}), WANTED)
    [step] = found.steps
    assert step.call.method == "PATCH"
    assert step.call.body["claims"] == {**CLAIMS, "theirs": "{{user.id}}"}
    assert step.call.body["lifetime"] == 120
    assert step.why == "aud is other now"
    assert found.left == ("the JWT template convex also has theirs",)


def test_a_template_with_a_key_of_its_own_is_for_a_human() -> None:
    present = ready()
    template = replace(present.templates["convex"], own_key=True, algorithm="HS256", claims={})
    found = plan(replace(present, templates={"convex": template}), WANTED)
    assert found.steps == ()
    assert "HS256" in found.by_hand[0]


def test_where_organizations_are_off_nothing_else_is_planned_yet() -> None:
    present = bare()
    found = plan(replace(present, settings=replace(present.settings, enabled=False)), WANTED)
    assert _calls(found) == ["PATCH /instance/organization_settings"]


def test_permissions_of_a_feature_that_is_off_are_not_missed() -> None:
    present = bare()
    without = {key: id for key, id in present.permissions.items() if "billing" not in key}
    found = plan(replace(present, permissions=without), WANTED)
    assert found.by_hand == ()
    assert not any("sys_billing" in str(step.call) for step in found.steps)


def test_a_key_that_clerk_would_refuse_is_for_a_human() -> None:
    found = plan(bare(), wanted({**KEYS, "viewer": "Viewer"}))
    assert "Viewer can't be a role's key" in found.by_hand[0]
    assert not any(step.makes == "Viewer" for step in found.steps)


def test_two_words_that_share_a_role_give_it_what_the_higher_needs() -> None:
    shared = wanted({"owner": "org:admin", "admin": "org:admin", "editor": "org:member", "viewer": "org:member"})
    found = plan(bare(), shared)
    assert not any(step.call.path == "/organization_roles" for step in found.steps)
    assert {right.key for right in shared.rights("org:member")} == {right.key for right in WANTED.rights("org:editor")}


# --- any instance


class Imagined:
    """An instance that does what a call says, as far as `plan` can see."""

    def __init__(self, present: Present) -> None:
        self.present, self._ids = present, count()

    def do(self, step: Step) -> None:
        act = {
            "/organization_permissions": self._permission,
            "/organization_roles": self._role,
            "/organization_roles/{role}/permissions/{permission}": self._give,
            "/role_sets/{role_set}/roles": self._add,
            "/role_sets/{role_set}": self._duty,
            "/jwt_templates": self._template,
            "/jwt_templates/{template}": self._template,
        }[step.call.path]
        act(self._real(step.call.ids), self._real(step.call.body))

    def _real(self, value: Any) -> Any:
        known = {**self.present.permissions, **{key: one.id for key, one in self.present.roles.items()}}
        if isinstance(value, IdOf):
            return known[value.key]
        if isinstance(value, dict):
            return {key: self._real(one) for key, one in value.items()}
        return [self._real(one) for one in value] if isinstance(value, list) else value

    def _permission(self, _: Any, body: Any) -> None:
        known = {**self.present.permissions, body["key"]: f"perm_new{next(self._ids)}"}
        self.present = replace(self.present, permissions=known)

    def _role(self, _: Any, body: Any) -> None:
        made = ClerkRole(f"role_new{next(self._ids)}", body["key"], body["name"], self._permissions(body["permissions"]))
        sets = [self._with(one, [made.key]) if one.initial else one for one in self.present.role_sets]
        sets = sets if body["include_in_initial_role_set"] else list(self.present.role_sets)
        self.present = replace(self.present, roles={**self.present.roles, made.key: made}, role_sets=tuple(sets))

    def _give(self, ids: Any, _: Any) -> None:
        roles = {
            key: replace(one, permissions=(*one.permissions, *self._permissions([ids["permission"]])))
            if one.id == ids["role"]
            else one
            for key, one in self.present.roles.items()
        }
        self.present = replace(self.present, roles=roles)

    def _add(self, ids: Any, body: Any) -> None:
        assert set(body["role_keys"]) <= set(self.present.roles)
        self._changed(ids, lambda one: self._with(one, body["role_keys"]))

    def _duty(self, ids: Any, body: Any) -> None:
        names = {"creator_role_key": "creator_role", "default_role_key": "default_role"}
        self._changed(ids, lambda one: replace(one, **{names[key]: value for key, value in body.items()}))

    def _template(self, _: Any, body: Any) -> None:
        made = Template("jtmp_1", body["name"], body["claims"], body["lifetime"], body["allowed_clock_skew"], False, "RS256")
        self.present = replace(self.present, templates={**self.present.templates, "convex": made})

    def _permissions(self, ids: list[str]) -> tuple[Permission, ...]:
        keys = {id: key for key, id in self.present.permissions.items()}
        return tuple(Permission(id, keys[id]) for id in ids)

    def _with(self, one: RoleSet, keys: list[str]) -> RoleSet:
        assert len(one.roles) + len(keys) <= 10
        return replace(one, roles=(*one.roles, *keys))

    def _changed(self, ids: Any, change: Any) -> None:
        sets = tuple(change(one) if one.id == ids["role_set"] else one for one in self.present.role_sets)
        self.present = replace(self.present, role_sets=sets)


@st.composite
def instances(draw: st.DrawFn) -> Present:
    """Some of what is wanted, and some that is not."""
    made = draw(st.sets(st.sampled_from([right.key for right in RIGHTS if not right.system])))
    keys = [*SYSTEM, *made, "org:theirs:read"]
    named = draw(st.sets(st.sampled_from([*KEYS.values(), "org:member", "org:theirs"])))
    roles = {key: role(key, *draw(st.sets(st.sampled_from(keys)))) for key in sorted(named)}
    chosen = st.lists(st.sampled_from(sorted(named)), unique=True) if named else st.just([])
    initial, other = draw(chosen), draw(chosen)
    sets = (role_set(*initial), role_set(*other, key="role_set:other", initial=False))
    claims = draw(st.dictionaries(st.sampled_from([*CLAIMS, "theirs"]), st.sampled_from(["convex", "{{org.id}}"])))
    templates = {"convex": Template("jtmp_1", "convex", claims, 60, 5, False, "RS256")} if draw(st.booleans()) else {}
    room = {"org_1": _room("org_1", "role_set:other")} if draw(st.booleans()) else {}
    permissions = {key: f"perm_{key}" for key in keys}
    return replace(bare(), permissions=permissions, roles=roles, role_sets=sets, templates=templates, rooms=room)


@given(instances(), st.integers(0, 60))
def test_whatever_an_instance_has_the_plan_brings_it_there_even_in_two_runs_and_takes_nothing(
    present: Present, crash: int
) -> None:
    goal, world = wanted(KEYS, creator=Role.OWNER), Imagined(present)
    for step in plan(present, goal).steps[:crash]:
        world.do(step)
    for step in plan(world.present, goal).steps:
        world.do(step)
    after = plan(world.present, goal)
    assert (after.steps, after.by_hand) == ((), ())
    for key, before in present.roles.items():
        assert {one.key for one in before.permissions} <= {one.key for one in world.present.roles[key].permissions}
    for name, template in present.templates.items():
        assert template.claims.keys() <= world.present.templates[name].claims.keys()


@pytest.mark.parametrize("key", ["aud", "org_id", "org_role", "org_slug", "email", "name"])
def test_the_token_says(key: str) -> None:
    assert key in CLAIMS


def _permission(name: str) -> Permission:
    return Permission(f"perm_{name}", f"org:{name}:read")


def _room(id: str, role_set: str) -> Room:
    return Room(id, "Production", "production", 1, 0, role_set)


PURE = ["plan", "remarks", "sets", "steps", "wanted", "finding", *(f"checks/{path.stem}" for path in CHECKS.glob("*.py"))]


@pytest.mark.parametrize("name", PURE)
def test_what_decides_neither_calls_nor_reads_nor_asks_the_time(name: str) -> None:
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not imported & {"time", "random", "asyncio", "httpx", "sqlalchemy", "datetime", "bridge.clock", "bridge.outbound"}
