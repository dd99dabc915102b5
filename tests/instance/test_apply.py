"""The steps of a plan, done one after another: what a refusal stops, what it doesn't, and what is said to do by hand."""

import pytest

from bridge.clerk.api import Api
from bridge.clerk.errors import NotNow
from bridge.instance.apply import End, Outcome, apply
from bridge.instance.plan import plan
from bridge.instance.refusals import ADVICE
from bridge.instance.steps import Call, IdOf, Plan, Step
from tests.instance.instances import WANTED, bare, ready
from tests.support.scripted import Scripted, answer, cut, error

PERMISSION = Step(
    "make the permission org:a:read",
    "why",
    Call("POST", "/organization_permissions", {"name": "A", "key": "org:a:read", "description": ""}),
    makes="org:a:read",
)
GIVE = Step(
    "give org:owner the permission org:a:read",
    "why",
    Call(
        "POST",
        "/organization_roles/{role}/permissions/{permission}",
        ids={"role": "role_1", "permission": IdOf("org:a:read")},
    ),
    needs=("org:a:read",),
)
TOKEN = Step("make the JWT template convex", "why", Call("POST", "/jwt_templates", {"name": "convex", "claims": {}}))
STEPS = Plan((PERMISSION, GIVE, TOKEN), (), ())


async def _apply(api: Api, steps: Plan = STEPS) -> list[Outcome]:
    told: list[Outcome] = []

    async def tell(outcome: Outcome) -> None:
        told.append(outcome)

    await apply(api, ready(), steps, tell)
    return told


async def test_an_id_that_an_earlier_step_brings_is_in_the_next_call(astray: Api, scripted: Scripted) -> None:
    scripted.answers = [answer(200, {"id": "perm_new"}), answer(200, {"id": "role_1"})]
    assert [one.end for one in await _apply(astray)] == [End.DONE] * 3
    lines = [request.splitlines()[0] for request in scripted.requests]
    assert lines == [
        "POST /v1/organization_permissions HTTP/1.1",
        "POST /v1/organization_roles/role_1/permissions/perm_new HTTP/1.1",
        "POST /v1/jwt_templates HTTP/1.1",
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (402, "unsupported_subscription_plan_features"),
        (403, "organization_instance_roles_quota_exceeded"),
        (409, "role_migration_in_progress"),
        (403, "organization_not_enabled_in_instance"),
        (422, "organization_missing_creator_role_permissions"),
        (400, "jwt_template_reserved_claim"),
        (422, "form_already_exists"),
    ],
)
async def test_a_refusal_stops_what_needs_it_and_nothing_else_and_says_what_to_do(
    astray: Api, scripted: Scripted, status: int, code: str
) -> None:
    scripted.answers = [error(status, code), answer(200, {"id": "jtmp_1"})]
    refused, skipped, done = await _apply(astray)
    assert (refused.end, refused.code, refused.hint) == (End.REFUSED, code, ADVICE[code])
    assert (skipped.end, skipped.sentence) == (End.SKIPPED, "org:a:read could not be made.")
    assert done.end is End.DONE
    assert len(scripted.requests) == 2


async def test_a_402_of_another_code_is_the_plans_too(astray: Api, scripted: Scripted) -> None:
    scripted.answers = [error(402, "something_new")]
    assert (await _apply(astray))[0].hint == ADVICE["http_402"]


async def test_a_refusal_nobody_knows_gives_the_trace_id_for_clerks_support(astray: Api, scripted: Scripted) -> None:
    scripted.answers = [error(400, "something_new")]
    hint = (await _apply(astray))[0].hint
    assert hint is not None
    assert "trace0123" in hint


async def test_what_somebody_gave_meanwhile_is_done(astray: Api, scripted: Scripted) -> None:
    there = error(409, "organization_role_permission_association_exists")
    scripted.answers = [answer(200, {"id": "perm_new"}), there, answer(200, {})]
    assert [one.end for one in await _apply(astray)] == [End.DONE] * 3


async def test_a_lost_answer_ends_the_run_and_nothing_is_called_after_it(astray: Api, scripted: Scripted) -> None:
    scripted.answers = [cut]
    with pytest.raises(NotNow):
        await _apply(astray)
    assert len(scripted.requests) == 1


async def test_every_advice_is_for_a_code_of_clerks_catalogue(clerk_catalogue: dict[str, dict[str, str]]) -> None:
    known = {row["code"] for row in clerk_catalogue.values()}
    assert {code for code in ADVICE if not code.startswith("http_")} <= known


def test_every_call_of_a_plan_is_one_of_clerks(clerk_contract: object) -> None:
    steps = plan(bare(), WANTED).steps
    names = {"role": "organization_role_id", "permission": "permission_id", "role_set": "role_set_key_or_id"}
    for step in steps:
        path = step.call.path
        for ours, theirs in {**names, "template": "template_id"}.items():
            path = path.replace(f"{{{ours}}}", f"{{{theirs}}}")
        assert clerk_contract.knows(step.call.method, path), path  # type: ignore[attr-defined]
