"""Webhooks as Clerk would send them: what is told of which change, signed so that Svix's own library believes it."""

import time
import urllib.error
from typing import Any

import httpx
import pytest

from bridge.sandbox.testing import RunningSandbox
from tests.support.receiver import SECRET, Receiver

MIA = {"email_address": ["mia@acme.com"], "external_id": "p1"}


@pytest.fixture(autouse=True)
def _endpoint(sandbox: RunningSandbox, receiver: Receiver) -> None:
    sandbox.control("POST", "webhooks", {"url": receiver.url, "secret": SECRET})


def _made(api: httpx.Client, path: str, body: Any = None) -> Any:
    answer = api.post(path, json=body or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _member(api: httpx.Client) -> tuple[Any, Any, Any]:
    """A user, an organization, the membership of the one in the other."""
    user, organization = _made(api, "/users", MIA), _made(api, "/organizations", {"name": "Production"})
    body = {"user_id": user["id"], "role": "org:editor"}
    return user, organization, _made(api, f"/organizations/{organization['id']}/memberships", body)


def test_the_data_are_the_very_objects_of_the_api(api: httpx.Client, receiver: Receiver) -> None:
    made = _member(api)
    told = receiver.wait(3)
    assert receiver.types == ["user.created", "organization.created", "organizationMembership.created"]
    assert [one.event["data"] for one in told] == list(made)


def test_svix_believes_each_of_them_and_each_has_an_id_of_its_own(api: httpx.Client, receiver: Receiver) -> None:
    _member(api)
    told = receiver.wait(3)
    assert all(one.genuine for one in told)
    assert len({one.id for one in told}) == 3


def test_the_envelope_says_when_where_and_by_whom(api: httpx.Client, receiver: Receiver) -> None:
    user = _made(api, "/users", MIA)
    event = receiver.wait(1)[0].event
    assert (event["object"], event["instance_id"]) == ("event", api.get("/instance").json()["id"])
    assert 0 <= event["timestamp"] - user["created_at"] < 5000
    caller = event["event_attributes"]["http_request"]
    assert caller["client_ip"] == "127.0.0.1"
    assert caller["user_agent"].startswith("python-httpx")


def test_a_changed_role_a_changed_name_and_a_new_address_are_told(api: httpx.Client, receiver: Receiver) -> None:
    user, organization, _ = _member(api)
    api.patch(f"/organizations/{organization['id']}/memberships/{user['id']}", json={"role": "org:viewer"})
    api.patch(f"/users/{user['id']}", json={"first_name": "Mia"})
    _made(api, "/email_addresses", {"user_id": user["id"], "email_address": "mia@acme.org"})
    told = receiver.wait(6)[3:]
    assert [one.event["type"] for one in told] == ["organizationMembership.updated", "user.updated", "user.updated"]
    assert told[0].event["data"]["role"] == "org:viewer"
    assert len(told[2].event["data"]["email_addresses"]) == 2


def test_a_membership_that_ends_is_told_as_it_was(api: httpx.Client, receiver: Receiver) -> None:
    user, organization, membership = _member(api)
    api.delete(f"/organizations/{organization['id']}/memberships/{user['id']}")
    event = receiver.wait(4)[3].event
    assert event["type"] == "organizationMembership.deleted"
    assert event["data"] == membership


def test_what_a_deletion_takes_with_it_is_told_before_it(api: httpx.Client, receiver: Receiver) -> None:
    user, _, membership = _member(api)
    _made(api, "/sessions", {"user_id": user["id"]})
    receiver.wait(5)
    api.delete(f"/users/{user['id']}")
    told = [one.event for one in receiver.wait(8)[5:]]
    assert [event["type"] for event in told] == ["organizationMembership.deleted", "session.removed", "user.deleted"]
    assert told[0]["data"]["id"] == membership["id"]
    assert told[2]["data"] == {"object": "user", "id": user["id"], "deleted": True, "external_id": "p1"}


def test_a_deleted_organization_is_told_with_its_memberships(api: httpx.Client, receiver: Receiver) -> None:
    _, organization, membership = _member(api)
    api.delete(f"/organizations/{organization['id']}")
    told = [one.event for one in receiver.wait(5)[3:]]
    assert [event["type"] for event in told] == ["organizationMembership.deleted", "organization.deleted"]
    assert told[0]["data"]["id"] == membership["id"]
    assert told[1]["data"] == {
        "object": "organization",
        "id": organization["id"],
        "slug": organization["slug"],
        "deleted": True,
    }


def test_a_session_is_told_with_its_device_and_its_user(api: httpx.Client, receiver: Receiver) -> None:
    user = _made(api, "/users", MIA)
    session = _made(api, "/sessions", {"user_id": user["id"]})
    _made(api, f"/sessions/{session['id']}/revoke")
    told = [one.event for one in receiver.wait(4)[1:]]
    sessions = [event for event in told if event["type"].startswith("session.")]
    assert [event["type"] for event in sessions] == ["session.created", "session.revoked"]
    assert sessions[0]["data"]["latest_activity"] == session["latest_activity"]
    assert sessions[0]["data"]["user"]["id"] == user["id"]


def test_a_ban_tells_of_the_user_and_of_each_session(api: httpx.Client, receiver: Receiver) -> None:
    user = _made(api, "/users", MIA)
    _made(api, "/sessions", {"user_id": user["id"]})
    receiver.wait(3)
    _made(api, f"/users/{user['id']}/ban")
    told = [one.event for one in receiver.wait(5)[3:]]
    assert sorted(event["type"] for event in told) == ["session.revoked", "user.updated"]
    assert next(event for event in told if event["type"] == "user.updated")["data"]["banned"] is True


def test_a_refused_call_tells_nothing(api: httpx.Client, receiver: Receiver) -> None:
    _made(api, "/users", MIA)
    assert api.post("/users", json=MIA).status_code == 422
    _made(api, "/organizations", {"name": "Production"})
    receiver.wait(2)
    assert receiver.types == ["user.created", "organization.created"]


def test_a_call_whose_answer_was_cut_is_told_at_once(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    sandbox.fault(match="POST /v1/users", status="cut", when="after")
    with pytest.raises(httpx.TransportError):
        api.post("/users", json=MIA)
    receiver.wait(1)


def test_only_the_types_asked_for_are_sent(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    sandbox.control("POST", "webhooks", {"url": receiver.url, "secret": SECRET, "types": ["organization*"]})
    _member(api)
    receiver.wait(2)
    assert receiver.types == ["organization.created", "organizationMembership.created"]


def test_what_is_not_taken_comes_again_and_nothing_overtakes_it(api: httpx.Client, receiver: Receiver) -> None:
    receiver.statuses += [500, 503]
    _member(api)
    told = receiver.wait(5)
    assert receiver.types[:3] == ["user.created"] * 3
    assert receiver.types[3:] == ["organization.created", "organizationMembership.created"]
    assert len({one.id for one in told[:3]}) == 1


def test_an_endpoint_that_is_away_gets_everything_when_it_is_back(
    sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver
) -> None:
    elsewhere = receiver.url.replace("/webhooks", "")
    sandbox.control("POST", "webhooks", {"url": "http://127.0.0.1:9/away", "secret": SECRET})
    sandbox.control("POST", "webhooks", {"url": elsewhere, "secret": SECRET})
    _made(api, "/users", MIA)
    assert len({one.id for one in receiver.wait(2)}) == 1  # one message, two endpoints; the third is waited for
    waiting = {one["url"]: one["waiting"] for one in sandbox.control("GET", "webhooks")}
    assert waiting[receiver.url] == 0


def test_nothing_is_told_of_a_reset(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    _member(api)
    receiver.wait(3)
    sandbox.reset()
    _made(api, "/organizations", {"name": "Anew"})
    receiver.wait(4)
    assert receiver.types[3:] == ["organization.created"]


def test_an_endpoint_that_is_taken_out_gets_nothing_more(
    sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver
) -> None:
    sandbox.control("DELETE", f"webhooks?url={receiver.url}")
    _made(api, "/users", MIA)
    assert sandbox.control("GET", "webhooks") == []
    assert receiver.deliveries == []


@pytest.mark.parametrize(
    "given",
    [
        {"url": "ftp://x", "secret": SECRET},
        {"url": "http://127.0.0.1:1"},
        {"url": "http://127.0.0.1:1", "secret": "hunter2"},
        {"url": "http://127.0.0.1:1", "secret": SECRET, "types": "user.*"},
        {"url": "http://127.0.0.1:1", "secret": SECRET, "port": 1},
        [],
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_with_a_sentence(sandbox: RunningSandbox, given: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        sandbox.control("POST", "webhooks", given)
    assert refused.value.code == 400
    assert b"error" in refused.value.read()


def _upset(sandbox: RunningSandbox, how: str, match: str = "user.created", **more: Any) -> None:
    sandbox.control("POST", "faults", {"match": match, "webhook": how, **more})


def test_a_webhook_can_be_lost(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    _upset(sandbox, "drop")
    _member(api)
    receiver.wait(2)
    assert receiver.types == ["organization.created", "organizationMembership.created"]


def test_a_webhook_can_come_twice(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    _upset(sandbox, "duplicate")
    _member(api)
    told = receiver.wait(4)
    assert receiver.types == ["user.created", "user.created", "organization.created", "organizationMembership.created"]
    assert told[0].id == told[1].id


def test_a_webhook_can_be_overtaken_by_the_next(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    _upset(sandbox, "reorder")
    _member(api)
    receiver.wait(3)
    assert receiver.types == ["organization.created", "user.created", "organizationMembership.created"]


def test_a_webhook_that_no_other_follows_is_sent_nevertheless(
    sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver
) -> None:
    _upset(sandbox, "reorder")
    _made(api, "/users", MIA)
    receiver.wait(1)


def test_a_webhook_can_be_late(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    _upset(sandbox, "delay", delay=0.3)
    began = time.monotonic()
    _made(api, "/users", MIA)
    receiver.wait(1)
    assert time.monotonic() - began >= 0.3


def test_others_overtake_one_that_is_late(sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver) -> None:
    _upset(sandbox, "delay", delay=60)
    _member(api)
    receiver.wait(2)
    assert receiver.types == ["organization.created", "organizationMembership.created"]


def test_a_webhook_can_come_with_a_wrong_signature_first(
    sandbox: RunningSandbox, api: httpx.Client, receiver: Receiver
) -> None:
    _upset(sandbox, "wrong_signature")
    _made(api, "/users", MIA)
    assert [one.genuine for one in receiver.wait(2)] == [False, True]
