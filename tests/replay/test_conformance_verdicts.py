"""The conformance kit against a server with known faults: it sees each, says who needs it, and harms nobody."""

import asyncio
import socket
from collections.abc import Mapping

import pytest
from aiohttp import web

from bridge.errors import BridgeError
from bridge.replay import library
from bridge.replay.conformance import Report, examine
from bridge.replay.endpoint import base
from tests.replay.conftest import Serve
from tests.replay.little_scim import LittleScim

CHOSEN = (
    "entra/test-connection",
    "entra/group-lifecycle",
    "okta/users-aiw",
    "okta/users-oin",
    "okta/group-push",
    "okta/spec",
)


async def examined(serve: Serve, server: LittleScim, *only: str, token: str = "right-token", keep: bool = False) -> Report:
    shelf = library.scenarios(only=only or CHOSEN)
    return await examine(await serve(server.handle), token, shelf, keep=keep)


def failed(report: Report) -> dict[str, list[str]]:
    found = {one.shelved.name: [str(verdict.step) for verdict in one.verdicts if verdict.failed] for one in report.played}
    return {name: steps for name, steps in found.items() if steps}


async def test_a_server_without_faults_passes_so_that_the_faults_below_are_what_is_seen(serve: Serve) -> None:
    server = LittleScim()
    report = await examined(serve, server)
    assert failed(report) == {}
    assert report.ok
    assert server.resources == {"Users": {}, "Groups": {}}


FAULTS: Mapping[str, tuple[str, str, str]] = {
    "nobody is 404": ("entra/test-connection", "A query for nobody by userName", "invalid credentials"),
    "no totalResults": ("okta/spec", "The first page of one", "believes totalResults"),
    "remove means all": ("entra/group-lifecycle", "Kiri is still in it", "everybody would lose access"),
    "twins": ("okta/users-oin", "The same person once more is refused", "a 201 makes twins"),
    "exact names": ("okta/spec", "userName in another case", "lower-cased"),
    "numeric id": ("okta/users-aiw", "Maya is created", "empty 201 body"),
    "empty create": ("okta/users-aiw", "Maya is created", "Create new user returned empty user"),
    "no members": ("okta/group-push", "Both are members", "Okta group push"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_fails_the_step_that_needs_it_and_says_who(serve: Serve, fault: str) -> None:
    scenario, step, who = FAULTS[fault]
    server = LittleScim(fault)
    report = await examined(serve, server)
    assert not report.ok
    assert step in failed(report)[scenario]
    played = next(one for one in report.played if one.shelved.name == scenario)
    verdict = next(one for one in played.verdicts if str(one.step) == step)
    assert who in (verdict.step.who or "")
    assert verdict.problems
    assert server.resources == {"Users": {}, "Groups": {}}, "what was made is gone although steps failed"


async def test_a_fault_of_one_provider_is_none_for_another(serve: Serve) -> None:
    report = await examined(serve, LittleScim("no text booleans"), "okta/users-oin", "okta/group-push")
    assert failed(report) == {}


async def test_ids_may_be_any_text(serve: Serve) -> None:
    server = LittleScim("odd ids")
    report = await examined(serve, server)
    assert failed(report) == {}
    assert server.resources == {"Users": {}, "Groups": {}}


async def test_a_create_that_tells_no_id_is_found_by_its_name_and_deleted(serve: Serve) -> None:
    server = LittleScim("empty create")
    other = server.add("Users", userName="maya.odhiambo@example.com")
    await examined(serve, server, "okta/group-push")
    assert list(server.resources["Users"]) == [other]
    assert server.resources["Groups"] == {}


async def test_somebody_whom_the_run_did_not_make_is_never_changed(serve: Serve) -> None:
    server = LittleScim("says somebody else")
    boss = server.add("Users", userName="boss@example.com", displayName="The Boss")
    before = dict(server.resources["Users"][boss])
    report = await examined(serve, server, "okta/users-aiw", "okta/users-oin")
    assert server.resources["Users"] == {boss: before}
    assert not [one for one in server.requests if one[0] not in {"GET", "POST"}]
    reasons = [problem for one in report.played for verdict in one.verdicts for problem in verdict.problems]
    assert f"not sent: /Users/{boss} was not made by this run" in reasons
    assert report.played[0].left == (f"/Users/{boss} came of a create without a name of ours: look at it",)


async def test_what_can_not_be_deleted_is_said_and_is_no_success(serve: Serve) -> None:
    server = LittleScim("keeps everything")
    report = await examined(serve, server, "entra/group-lifecycle")
    left = report.played[0].left
    assert len(left) == 3
    assert all(sentence.endswith("could not be deleted: the answer was 500") for sentence in left)
    assert not report.ok


async def test_what_is_kept_is_listed(serve: Serve) -> None:
    server = LittleScim()
    report = await examined(serve, server, "okta/users-aiw", keep=True)
    (id,) = server.resources["Users"]
    assert report.played[0].kept == (f"/Users/{id}",)
    assert report.ok


async def test_a_run_that_is_broken_off_takes_away_what_it_made(serve: Serve) -> None:
    server = LittleScim("hangs")
    url = await serve(server.handle)
    task = asyncio.create_task(examine(url, "right-token", library.scenarios(only=["okta/group-push"])))
    await server.reached.wait()
    assert len(server.resources["Users"]) == 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.resources == {"Users": {}, "Groups": {}}


async def test_a_server_that_goes_away_skips_the_rest_and_says_what_may_be_left(serve: Serve) -> None:
    server, calls = LittleScim(), 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls > 5:
            assert request.transport is not None
            request.transport.close()
        return await server.handle(request)

    shelf = library.scenarios(only=["okta/users-oin"])
    report = await examine(await serve(handle), "right-token", shelf)
    (played,) = report.played
    assert [one.outcome for one in played.verdicts[:4]] == ["pass", "pass", "pass", "fail"]
    assert {one.skipped for one in played.verdicts[4:]} == {"a step before it got no answer"}
    assert "could not be deleted" in played.left[0]


async def test_slow_answers_are_marked_where_the_provider_has_a_limit(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = library.scenarios(only=["okta/users-oin"])
    assert shelf[0].scenario.slow_ms == 600
    object.__setattr__(shelf[0].scenario, "slow_ms", 15)
    report = await examine(await serve(LittleScim("slow").handle), "right-token", shelf)
    slow = [one.step.method for one in report.played[0].verdicts if one.slow]
    assert slow
    assert "PATCH" in slow
    assert (report.ok, report.slow) == (True, len(slow))


async def test_a_secret_that_the_server_echoes_is_not_repeated(serve: Serve) -> None:
    server = LittleScim()
    url = await serve(server.handle)

    async def turn(request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({"detail": f"no: {request.headers['Authorization']}"}, status=500)
        return await server.handle(request)

    url = await serve(turn)
    report = await examine(url, "right-token", library.scenarios(only=["okta/spec"]))
    text = str(report.as_dict())
    assert "[redacted]" in text
    assert "right-token" not in text


async def test_a_header_stands_for_the_token_but_not_in_steps_that_test_it(serve: Serve) -> None:
    seen: set[str | None] = set()
    server = LittleScim()

    async def basic(request: web.Request) -> web.StreamResponse:
        seen.add(request.headers.get("Authorization"))
        sent = request.headers.get("Authorization") == "Basic b2s="
        request = request.clone(headers={"Authorization": "Bearer right-token" if sent else "no"})
        return await server.handle(request)

    shelf = library.scenarios(only=["okta/spec"])
    report = await examine(await serve(basic), "", shelf, headers={"authorization": "Basic b2s="})
    assert failed(report) == {}
    assert len(seen) == 3
    assert {None, "Basic b2s="} < seen


async def refused(url: str, token: str = "t", **headers: str) -> BridgeError:
    with pytest.raises(BridgeError) as raised:
        await examine(base(url), token, library.scenarios(only=["okta/spec"]), headers=headers)
    return raised.value


async def test_an_endpoint_that_is_not_there_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await refused(f"http://127.0.0.1:{taken.getsockname()[1]}/scim")
    assert error.code == "endpoint_unreachable"


async def test_trouble_with_tls_is_told_as_that(serve: Serve) -> None:
    url = await serve(LittleScim().handle)
    assert (await refused(url.replace("http:", "https:"))).code == "endpoint_tls"


@pytest.mark.parametrize(
    ("token", "headers", "hint"),
    [
        ("wrong", {}, "not expired"),
        ("", {}, "SCIM_TOKEN"),
        ("Bearer right-token", {}, "leave that out"),
        ("", {"Authorization": "Token x"}, "anything else"),
    ],
)
async def test_a_token_that_is_not_taken_comes_with_the_hint_that_fits(
    serve: Serve, token: str, headers: dict[str, str], hint: str
) -> None:
    error = await refused(await serve(LittleScim().handle), token, **headers)
    assert error.code == "endpoint_unauthorized"
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [(200, "<html>", "endpoint_not_scim"), (404, "", "endpoint_not_scim"), (301, "", "endpoint_moved")],
)
async def test_what_is_no_scim_endpoint_is_told_so(serve: Serve, status: int, text: str, code: str) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers={"Location": "https://elsewhere.example"})

    assert (await refused(await serve(handle))).code == code


@pytest.mark.parametrize("url", ["acme.example/scim", "ftp://x/scim", "https://"])
async def test_what_is_no_address_is_told_so(url: str) -> None:
    assert (await refused(url)).code == "endpoint_malformed"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://x.example/scim/v2/acme/", "https://x.example/scim/v2/acme"),
        ("https://x.example/scim/?aadOptscim062020", "https://x.example/scim"),
        ("https://x.example:8443/scim/Users", "https://x.example:8443/scim"),
    ],
)
def test_an_address_is_taken_as_portals_have_it(given: str, expected: str) -> None:
    assert base(given) == expected


async def test_without_a_service_provider_config_what_needs_an_announcement_is_skipped(serve: Serve) -> None:
    server = LittleScim()

    async def silent(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("ServiceProviderConfig"):
            return web.Response(status=404)
        return await server.handle(request)

    report = await examine(await serve(silent), "right-token", library.scenarios(only=["generic/bulk", "generic/etags"]))
    assert not report.announced
    bulk, etags = report.played
    assert {one.outcome for one in bulk.verdicts} == {"skipped"}
    assert {one.outcome for one in etags.verdicts[1:]} == {"skipped"}
    assert "does not announce etag.supported" in etags.verdicts[1].skipped
    assert report.as_dict()["skipped"] == report.count("skipped") == len(bulk.verdicts) + len(etags.verdicts) - 1
