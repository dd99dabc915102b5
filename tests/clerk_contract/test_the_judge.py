"""The judge of what the sandbox answers: it sees what Clerk would not have said, and looks at each shape once."""

from dataclasses import replace

import orjson
import pytest

from bridge.sandbox.watch import Exchange
from tests.support.clerk_judge import Judge, judge
from tests.support.openapi import Contract

HEADERS = {"Content-Type": "application/json", "clerk-api-version": "2026-05-12"}
TOKEN = {"object": "sign_in_token", "id": "sit_1", "user_id": "u", "status": "pending", "created_at": 1, "updated_at": 2}


@pytest.fixture
def held(clerk_contract: Contract) -> Judge:
    found = judge()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (404, b'{"errors": [{"code": "no_such_code", "message": "m", "long_message": "l"}]}', "no error no_such_code"),
        (409, b'{"errors": [{"code": "resource_not_found", "message": "m", "long_message": "l"}]}', "has status 409"),
    ],
)
def test_a_code_or_status_outside_the_catalogue_is_found(held: Judge, status: int, body: bytes, problem: str) -> None:
    item = Exchange("GET", "/v1/users/{user_id}", b"", status, {"Content-Type": "application/json"}, body)
    assert any(problem in one for one in held.problems(item))


def test_a_refusal_that_is_no_json_is_found(held: Judge) -> None:
    item = Exchange("GET", "/v1/users/{user_id}", b"", 500, {"Content-Type": "text/plain"}, b"500 Internal Server Error")
    (by_type, by_content) = held.problems(item)
    assert by_type.endswith("the content type is text/plain")
    assert "it is not JSON" in by_content


def test_an_operation_clerk_does_not_have_is_found(held: Judge) -> None:
    item = Exchange("GET", "/v1/made_up", b"", 200, HEADERS, b"{}")
    assert held.problems(item) == ["GET /v1/made_up 200: there is no such operation"]


def test_another_content_type_is_found(held: Judge) -> None:
    headers = HEADERS | {"Content-Type": "application/json; charset=utf-8"}
    item = Exchange("POST", "/v1/sign_in_tokens", b'{"user_id": "u"}', 200, headers, orjson.dumps(TOKEN))
    assert held.problems(item) == ["POST /v1/sign_in_tokens 200: the content type is application/json; charset=utf-8"]


def test_an_answer_has_a_body_where_one_is_described_and_none_where_none_is(held: Judge) -> None:
    item = Exchange("PATCH", "/v1/instance", b'{"test_mode": true}', 204, HEADERS, b"")
    assert held.problems(item) == []
    (problem,) = held.problems(replace(item, answer=b"{}"))
    assert problem == "PATCH /v1/instance 204: a body is answered where none is described"
    (problem,) = held.problems(replace(item, path="/v1/instance/organization_settings", sent=b"{}", status=200))
    assert "it is not JSON" in problem


def test_a_request_clerk_would_not_take_is_found_where_it_was_granted(held: Judge) -> None:
    item = Exchange("POST", "/v1/sign_in_tokens", b'{"user": "u"}', 200, HEADERS, orjson.dumps(TOKEN))
    assert [problem.partition(": ")[2] for problem in held.problems(item)] == ["$: 'user_id' is a required property"]


def test_what_differs_in_ids_and_times_alone_is_looked_at_once(clerk_contract: Contract) -> None:
    assert problems(clerk_contract) is problems(clerk_contract, id="sit_2", user_id="v", created_at=5)
    assert problems(clerk_contract) == problems(clerk_contract, status="revoked") == []


@pytest.mark.parametrize("wrong", ["spent", "Pending", None, 5, True, ["pending"], {}])
def test_a_wrong_word_is_seen_however_many_right_ones_went_before(clerk_contract: Contract, wrong: object) -> None:
    assert problems(clerk_contract) == []
    assert problems(clerk_contract, status=wrong) != []


def problems(contract: Contract, **changed: object) -> list[str]:
    return contract.problems_of_answer("POST", "/sign_in_tokens", 200, orjson.dumps({**TOKEN, **changed}))
