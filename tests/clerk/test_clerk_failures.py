"""What is repeated (a 429, nothing else), what is known after a failure, and what an error tells."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import structlog

from bridge.clerk import api as api_module
from bridge.clerk import errors, organizations, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, KeyRefused, Outage, Unknown
from bridge.outbound import Reply
from bridge.sandbox.testing import RunningSandbox
from bridge.settings import Secret
from tests.support.flying import fly
from tests.support.scripted import Scripted, answer, cut, error, half

N = Lane.NORMAL
CREATE = "POST /v1/users"


async def _create(clerk: Api) -> users.User:
    return await users.create(clerk, "person-mia", "mia@acme.example", ("Mia", "Chen"), lane=N)


@pytest.mark.parametrize("status", [500, 502, 503, 504, "cut"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_write_that_fails_is_never_repeated_and_its_effect_is_unknown(
    clerk: Api, sandbox: RunningSandbox, status: Any, when: str
) -> None:
    sandbox.fault(match=CREATE, status=status, when=when)
    with pytest.raises(Unknown):
        await _create(clerk)
    assert sandbox.calls() == {CREATE: 1}
    assert len(sandbox.state()["users"]) == (when == "after")


@pytest.mark.parametrize("status", [500, 502, 503, 504, "cut"])
async def test_a_read_that_fails_is_an_outage_and_is_not_repeated(clerk: Api, sandbox: RunningSandbox, status: Any) -> None:
    sandbox.fault(match="GET *", status=status)
    with pytest.raises(Outage):
        await users.by_external_id(clerk, "person-mia", lane=N)
    assert sandbox.calls() == {"GET /v1/users": 1}


async def test_a_locked_object_is_tried_again_for_nothing_happened(
    clerk: Api, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "_LOCKED", 0.001)
    sandbox.fault(match=CREATE, status=409, times=2)
    await _create(clerk)
    assert sandbox.calls() == {CREATE: 3}


async def test_an_object_that_stays_locked_is_nobody_elses_matter(
    clerk: Api, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "_LOCKED", 0.001)
    sandbox.fault(match=CREATE, status=409, times=6)
    with pytest.raises(errors.Locked) as caught:
        await _create(clerk)
    assert caught.value.code == "resource_locked"


async def test_nothing_listens_so_nothing_happened(sandbox: RunningSandbox) -> None:
    clerk = Api(sandbox.url, Secret(sandbox.secret_key, "test"), 1000)
    sandbox.stop()
    with pytest.raises(Outage) as caught:
        await _create(clerk)
    assert caught.value.code == "clerk_unreached"
    await clerk.close()


async def test_a_429_is_repeated_until_it_is_let_through(clerk: Api, sandbox: RunningSandbox) -> None:
    sandbox.fault(match=CREATE, status=429, retry_after=0, times=3)
    assert (await _create(clerk)).primary == "mia@acme.example"
    assert sandbox.calls() == {CREATE: 4}


async def test_a_429_without_end_is_an_outage(clerk: Api, sandbox: RunningSandbox) -> None:
    sandbox.fault(match=CREATE, status=429, retry_after=0, times=100)
    with pytest.raises(Outage) as caught:
        await _create(clerk)
    assert caught.value.code == "too_many_requests"
    assert sandbox.calls() == {CREATE: 6}


class _Peer:
    """Answers in no time; knows when it was called."""

    replies: list[Reply] = []  # noqa: RUF012 - each test sets its own
    called: list[float] = []  # noqa: RUF012

    def __init__(self, *_: Any, **__: Any) -> None: ...

    async def call(self, *_: Any, **__: Any) -> Reply:
        self.called.append(asyncio.get_running_loop().time())
        return self.replies.pop(0)


@pytest.mark.parametrize(
    ("retry_after", "waited"), [("7", 7.0), ("0", 0.0), ("3600", 60.0), ("", 1.0), ("-5", 1.0), ("soon", 1.0), ("²", 1.0)]
)
def test_a_429_waits_exactly_as_long_as_clerk_says(monkeypatch: pytest.MonkeyPatch, retry_after: str, waited: float) -> None:
    replies = [Reply(429, {"retry-after": retry_after}, b"{}"), Reply(200, {}, b"[]")]
    monkeypatch.setattr(_Peer, "replies", replies)
    monkeypatch.setattr(_Peer, "called", called := [])
    monkeypatch.setattr(api_module, "Peer", _Peer)

    async def work() -> None:
        clerk = Api("http://clerk", Secret("sk_test_x", "test"), 1000)
        await users.by_external_id(clerk, "person-mia", lane=N)

    fly(work())
    assert [round(at, 6) for at in called] == [0.0, waited]


def test_a_429_holds_everybody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = [Reply(429, {"retry-after": "5"}, b"{}"), Reply(200, {}, b"[]"), Reply(200, {}, b"[]")]
    monkeypatch.setattr(_Peer, "replies", replies)
    monkeypatch.setattr(_Peer, "called", called := [])
    monkeypatch.setattr(api_module, "Peer", _Peer)

    async def work() -> None:
        clerk = Api("http://clerk", Secret("sk_test_x", "test"), 1000)
        first = asyncio.create_task(users.by_external_id(clerk, "person-mia", lane=Lane.BULK))
        await asyncio.sleep(1)
        await users.by_external_id(clerk, "person-ada", lane=Lane.URGENT)
        await first

    fly(work())
    assert [round(at, 6) for at in called] == [0.0, 5.0, 5.0]


CODES = [
    (400, "already_a_member_in_organization", errors.AlreadyMember),
    (422, "form_identifier_exists", errors.IdentifierTaken),
    (422, "form_already_exists", errors.IdentifierTaken),
    (400, "organization_minimum_permissions_needed", errors.LastGovernor),
    (422, "personal_accounts_not_allowed", errors.LastMembership),
    (409, "user_managed_by_scim", errors.ManagedElsewhere),
    (409, "organization_membership_managed_by_scim", errors.ManagedElsewhere),
    (409, "attribute_managed_by_scim", errors.ManagedElsewhere),
    (403, "organization_membership_quota_exceeded", errors.Quota),
    (403, "organization_quota_exceeded", errors.Quota),
    (403, "user_quota_exceeded", errors.Quota),
    (402, "insufficient_seats", errors.Quota),
    (402, "unsupported_subscription_plan_features", errors.PlanForbids),
    (401, "clerk_key_invalid", errors.KeyRefused),
    (404, "resource_not_found", errors.Missing),
    (409, "resource_locked", errors.Locked),
    (403, "user_banned", ClerkError),
]


@pytest.mark.parametrize(("status", "code", "kind"), CODES)
async def test_each_code_of_clerk_is_a_type(
    astray: Api,
    scripted: Scripted,
    status: int,
    code: str,
    kind: type[ClerkError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_module, "_TRIES", 1)
    scripted.answers = [error(status, code)]
    with pytest.raises(ClerkError) as caught:
        await _create(astray)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status, caught.value.trace) == (code, status, "trace0123")
    assert caught.value.sentence == f"The sentence of {code}."
    assert "trace0123" in str(caught.value)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(("status", "code"), [(404, "resource_not_found"), (422, "form_param_value_invalid")])
async def test_a_missing_role_is_told_in_both_ways(astray: Api, scripted: Scripted, status: int, code: str) -> None:
    scripted.answers = [error(status, code, param="role")]
    with pytest.raises(errors.RoleMissing):
        await _create(astray)


async def test_a_wrong_key_is_told(sandbox: RunningSandbox) -> None:
    clerk = Api(sandbox.url, Secret("sk_test_wrong", "test"), 1000)
    with pytest.raises(KeyRefused):
        await _create(clerk)
    await clerk.close()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"x"', b"{}", b'{"errors": []}', b'{"errors": ["x"]}', b'{"errors": [{"meta": 1}]}']
)
@pytest.mark.parametrize("status", [302, 400, 403])
async def test_a_refusal_that_is_not_in_clerks_form_is_one_all_the_same(
    astray: Api, scripted: Scripted, status: int, body: bytes
) -> None:
    scripted.answers = [answer(status, body)]
    with pytest.raises(ClerkError) as caught:
        await _create(astray)
    assert (caught.value.code, caught.value.status, caught.value.trace) == (f"http_{status}", status, None)


@pytest.mark.parametrize("script", [cut, half, answer(200, b"<html>welcome to the hotel</html>"), answer(200, b'{"id":')])
async def test_no_whole_answer_is_an_outage_for_a_read_and_unknown_for_a_write(
    astray: Api, scripted: Scripted, script: Any
) -> None:
    scripted.answers = [script]
    with pytest.raises(Outage):
        await users.get(astray, "user_1", lane=N)
    with pytest.raises(Unknown):
        await _create(astray)
    assert len(scripted.requests) == 2


async def test_every_call_names_the_version_and_the_key_and_an_id_cannot_leave_its_place(
    astray: Api, scripted: Scripted
) -> None:
    scripted.answers = [error(404, "resource_not_found")]
    assert await organizations.get(astray, "../users?limit=1#", lane=N) is None
    line, *headers = scripted.requests[0].lower().splitlines()
    assert line == "get /v1/organizations/..%2fusers%3flimit%3d1%23 http/1.1"
    assert {"clerk-api-version: 2026-05-12", "authorization: bearer sk_test_hidden", "user-agent: inferpipe-bridge"} <= set(
        headers
    )


async def test_calls_and_refusals_are_counted_by_endpoint_and_never_by_person(
    clerk: Api, sandbox: RunningSandbox, counted: Callable[..., float]
) -> None:
    def seen() -> list[float]:
        return [
            counted("bridge_clerk_calls_total", endpoint="POST /users", status="200"),
            counted("bridge_clerk_calls_total", endpoint="POST /users", status="422"),
            counted("bridge_clerk_calls_total", endpoint="GET /users/{user}", status="404"),
            counted("bridge_clerk_calls_total", endpoint="POST /users", status="lost"),
            counted("bridge_clerk_errors_total", code="form_identifier_exists"),
        ]

    before = seen()
    await _create(clerk)
    with pytest.raises(errors.IdentifierTaken):
        await _create(clerk)
    await users.get(clerk, "user_nobody", lane=N)
    sandbox.fault(match=CREATE, status="cut")
    with pytest.raises(Unknown):
        await _create(clerk)
    assert [now - then for now, then in zip(seen(), before, strict=True)] == [1, 1, 1, 1, 1]


async def test_a_refusal_is_logged_with_its_trace_and_without_a_secret(astray: Api, scripted: Scripted) -> None:
    scripted.answers = [error(401, "clerk_key_invalid")]
    with structlog.testing.capture_logs() as lines, pytest.raises(KeyRefused):
        await _create(astray)
    (line,) = lines
    assert (line["log_level"], line["code"], line["status"]) == ("error", "clerk_key_invalid", 401)
    assert (line["endpoint"], line["trace"]) == ("POST /users", "trace0123")
    assert b"sk_test_hidden" not in orjson.dumps(lines)


async def test_a_key_that_can_not_be_sent_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clerk = Api("http://127.0.0.1:1", Secret("sk_test_hidden\nx", "test"), 1000)
    with pytest.raises(Outage) as caught:
        await _create(clerk)
    assert "sk_test_hidden" not in caught.value.sentence
    assert "sk_test_hidden" not in caplog.text
    await clerk.close()
