"""The player: what it sends, what it remembers, and what it says when an answer is not what was expected."""

import socket
from typing import Any

from aiohttp import web

from bridge.replay.checks import Check
from bridge.replay.player import Verdict, play
from bridge.replay.scenario import Expect, Scenario, Step
from tests.replay.conftest import Serve


class Notes:
    """Answers every request with `answer` and keeps what came."""

    def __init__(self, answer: Any = None, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.requests: list[web.Request] = []
        self.bodies: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.text())
        return web.json_response(self.answer, status=self.status, content_type="application/scim+json")


def scenario(*steps: Step) -> Scenario:
    return Scenario("a test", "generic", steps)


async def test_a_step_is_sent_as_written_with_its_variables_filled(serve: Serve) -> None:
    notes = Notes({"id": "7f"})
    url = await serve(notes.handle)
    create = Step("create", "POST", "/Users", headers={"Authorization": "Bearer {{token}}"}, capture={"uid": "$.id"})
    read = Step("read", "GET", "/Users/{{uid}}", query={"filter": 'id eq "{{uid}}"'}, body={"value": ["{{uid}}", 1, None]})
    verdicts = await play(scenario(create, read), url, "secret")
    assert [verdict.passed for verdict in verdicts] == [True, True]
    first, second = notes.requests
    assert first.headers["Authorization"] == "Bearer secret"
    assert (second.path, second.query["filter"]) == ("/scim/Users/7f", 'id eq "7f"')
    assert notes.bodies == ["", '{"value":["7f",1,null]}']


async def test_a_query_in_the_path_is_sent_as_it_stands_and_its_values_are_escaped(serve: Serve) -> None:
    notes = Notes({"userName": "a b&c"})
    url = await serve(notes.handle)
    named = Step("named", "GET", "/Me", capture={"name": "$.userName"})
    asked = Step("asked", "GET", "/Users?filter=userName+eq+{{name}}&count=1")
    await play(scenario(named, asked), url, "t")
    assert notes.requests[1].rel_url.raw_query_string == "filter=userName+eq+a%20b%26c&count=1"


async def test_the_given_query_stands_for_the_one_in_the_path(serve: Serve) -> None:
    notes = Notes({})
    url = await serve(notes.handle)
    await play(scenario(Step("both", "GET", '/Users?filter=id eq "1"', query={"filter": 'id eq "1"'})), url, "t")
    assert list(notes.requests[0].query.items()) == [("filter", 'id eq "1"')]


async def test_a_raw_body_is_sent_untouched(serve: Serve) -> None:
    notes = Notes({})
    await play(scenario(Step("junk", "POST", "/Users", body_raw='{"active": tre,')), await serve(notes.handle), "t")
    assert notes.bodies == ['{"active": tre,']


async def test_no_token_is_sent_where_a_step_carries_none(serve: Serve) -> None:
    notes = Notes({})
    await play(scenario(Step("anonymous", "GET", "/Users")), await serve(notes.handle), "t")
    assert "Authorization" not in notes.requests[0].headers


async def test_made_up_values_stay_the_same_in_a_run_or_a_step_or_differ_at_each_use(serve: Serve) -> None:
    notes = Notes({})
    body = ["{{__runid}}", "{{userName}}", "{{userName}}", "{{$guid}}", "{{$guid}}", "${__UUID}"]
    steps = [Step("one", "POST", "/Users", body=body), Step("two", "POST", "/Users", body=body)]
    await play(scenario(*steps), await serve(notes.handle), "t")
    first, second = (bodies.strip("[]").split(",") for bodies in notes.bodies)
    assert first[0] == second[0]
    assert first[1] == first[2] != second[1]
    assert len({*first[3:], *second[3:]}) == 6


async def test_a_wrong_status_is_reported_with_what_the_server_said(serve: Serve) -> None:
    url = await serve(Notes({"detail": "userName is taken"}, status=409).handle)
    (verdict,) = await play(scenario(Step("create", "POST", "/Users", expect=Expect(status=(200, 201)))), url, "t")
    assert not verdict.passed
    assert verdict.status == 409
    assert verdict.problems == ("the status should be 200 or 201, but it is 409 (userName is taken)",)


async def test_each_check_that_fails_is_a_sentence_of_its_own(serve: Serve) -> None:
    url = await serve(Notes({"active": True, "members": []}).handle)
    checks = (Check("$.active", "eq", False), Check("$.members", "len", 2), Check("$.id", "exists"))
    (verdict,) = await play(scenario(Step("read", "GET", "/Users/1", expect=Expect(checks=checks))), url, "t")
    assert verdict.problems == (
        "$.active should be false, but it is true",
        "$.members should have 2 entries, but it is []",
        "$.id should be there, but it is missing",
    )


async def test_an_answer_that_is_not_json_fails_its_checks_and_not_the_player(serve: Serve) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>502</html>")

    step = Step("read", "GET", "/Users", expect=Expect(checks=(Check("$.id", "exists"), Check("body", "contains", "502"))))
    (verdict,) = await play(scenario(step), await serve(handle), "t")
    assert verdict.problems == ("$.id should be there, but it is missing",)


async def test_headers_are_checked_without_their_parameters_or_as_a_pattern(serve: Serve) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        headers = {"Location": "http://x/Users/1"}
        return web.json_response({"id": "1"}, headers=headers, content_type="application/scim+json")

    good = {"Content-Type": "application/scim+json", "Location": ".*/Users/{{uid}}"}
    bad = {"ETag": "W/.*", "Location": "(", "Content-Type": "application/json"}
    steps = [Step("good", "GET", "/", expect=Expect(headers=good), capture={"uid": "$.id"})]
    steps.append(Step("bad", "GET", "/", expect=Expect(headers=bad)))
    passed, failed = await play(scenario(*steps), await serve(handle), "t")
    assert passed.passed, passed.problems
    assert failed.problems == (
        "the header ETag should be W/.*, but it is missing",
        "the header Location should be (, but it is http://x/Users/1",
        "the header Content-Type should be application/json, but it is application/scim+json; charset=utf-8",
    )


async def test_what_a_failed_step_should_have_brought_fails_the_steps_that_need_it(serve: Serve) -> None:
    notes = Notes({"detail": "no"}, status=400)
    create = Step("create", "POST", "/Users", capture={"uid": "$.id"})
    read = Step("read", "GET", "/Users/{{uid}}")
    created, not_read = await play(scenario(create, read), await serve(notes.handle), "t")
    assert created.problems == ("$.id should be there for uid, but it is missing",)
    assert not_read.problems == ("not sent: no earlier step brought uid",)
    assert (not_read.status, not_read.skipped, len(notes.requests)) == (None, "", 1)


async def test_steps_for_which_nobody_has_the_values_are_skipped_and_say_so(serve: Serve) -> None:
    notes = Notes({})
    token = Step("token", "POST", "{{token_endpoint}}", capture={"grant": "$.access_token"})
    use = Step("use", "GET", "/Users", headers={"Authorization": "Bearer {{grant}}"})
    plain = Step("plain", "GET", "/Users")
    first, second, third = await play(scenario(token, use, plain), await serve(notes.handle), "t")
    assert (first.skipped, first.outcome, first.passed) == ("nobody says what token_endpoint is", "skipped", False)
    assert second.skipped == "nobody says what grant is"
    assert (third.skipped, third.status, len(notes.requests)) == ("", 200, 1)


async def test_a_lookup_may_find_nothing_and_a_create_is_left_out_where_it_finds_something(serve: Serve) -> None:
    there: dict[str, Any] = {"Resources": []}
    notes = Notes(there)
    lookup = Step("lookup", "GET", "/Users", find={"uid": "$.Resources[0].id"})
    create = Step("create", "POST", "/Users", unless="uid")
    url = await serve(notes.handle)
    before = await play(scenario(lookup, create), url, "t")
    there["Resources"] = [{"id": "1"}]
    after = await play(scenario(lookup, create), url, "t")
    assert [verdict.skipped for verdict in before] == ["", ""]
    assert [verdict.skipped for verdict in after] == ["", "uid is known already"]
    assert [request.method for request in notes.requests] == ["GET", "POST", "GET"]


async def test_an_unreachable_server_ends_the_play_with_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        verdicts = await play(scenario(Step("one", "GET", "/Users"), Step("two", "GET", "/Users")), url, "t")
    (verdict,) = verdicts
    assert (verdict.passed, verdict.status) == (False, None)
    assert verdict.problems[0].startswith(f"{url} can't be reached")


async def test_a_lost_answer_ends_the_play_too(serve: Serve) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    url = await serve(hang_up)
    (verdict,) = await play(scenario(Step("one", "GET", "/Users"), Step("two", "GET", "/Users")), url, "t")
    assert "gave no whole answer" in verdict.problems[0]


async def test_whoever_watches_hears_of_each_verdict_as_it_falls(serve: Serve) -> None:
    heard: list[Verdict] = []
    steps = [Step("one", "GET", "/"), Step("two", "GET", "/{{never}}")]
    verdicts = await play(scenario(*steps), await serve(Notes({}).handle), "t", on_step=heard.append)
    assert heard == verdicts
    assert [str(verdict.step) for verdict in heard] == ["one", "two"]
    assert heard[0].ms > 0
