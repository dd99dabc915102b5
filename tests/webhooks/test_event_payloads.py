"""What is kept of a payload of Clerk's, and what is not."""

from typing import Any

import orjson
import pytest

from bridge.webhooks.event import UNREADABLE, Event, read

NOW = 1_764_100_000_000
USER = {
    "object": "user",
    "id": "user_1",
    "external_id": "p1",
    "first_name": "Mia",
    "banned": False,
    "locked": False,
    "email_addresses": [{"email_address": "mia@acme.com"}],
    "private_metadata": {"salary": 1},
    "updated_at": NOW - 500,
}
MEMBERSHIP = {
    "object": "organization_membership",
    "id": "orgmem_1",
    "role": "org:editor",
    "organization": {"id": "org_1", "name": "Production"},
    "public_user_data": {"user_id": "user_1", "identifier": "mia@acme.com"},
}
SESSION = {
    "object": "session",
    "id": "sess_1",
    "user_id": "user_1",
    "status": "active",
    "created_at": NOW - 800,
    "last_active_organization_id": "org_1",
    "latest_activity": {
        "browser_name": "Firefox",
        "browser_version": "140.0",
        "device_type": "Macintosh",
        "ip_address": "203.0.113.7",
        "city": "Vienna",
        "country": "AT",
        "is_mobile": False,
    },
    "user": USER,
}


def event(type: str, data: Any, **envelope: Any) -> Event:
    whole = {"object": "event", "type": type, "data": data, "timestamp": NOW, "instance_id": "ins_1"}
    return read("msg_1", orjson.dumps({**whole, **envelope}), now=NOW + 5)


def test_of_a_user_no_name_and_no_address_is_kept() -> None:
    kept = event("user.updated", USER)
    assert (kept.clerk_user, kept.organization, kept.noun, kept.verb) == ("user_1", None, "user", "updated")
    assert kept.facts == {"external_id": "p1", "banned": False, "locked": False}


def test_of_a_deleted_user_the_id_is_enough() -> None:
    kept = event("user.deleted", {"object": "user", "id": "user_1", "deleted": True})
    assert (kept.clerk_user, kept.facts) == ("user_1", {})


def test_of_a_membership_its_id_role_user_and_organization_are_kept() -> None:
    kept = event("organizationMembership.updated", MEMBERSHIP)
    assert (kept.clerk_user, kept.organization) == ("user_1", "org_1")
    assert kept.facts == {"id": "orgmem_1", "role": "org:editor"}


def test_of_a_session_device_and_place_are_kept() -> None:
    assert event("session.created", SESSION).facts == {
        "session": "sess_1",
        "began": NOW - 800,
        "workspace": "org_1",
        "browser": "Firefox 140.0",
        "device": "Macintosh",
        "place": "Vienna, AT",
        "address": "203.0.113.7",
    }


def test_a_session_without_a_device_is_one_nevertheless() -> None:
    assert event("session.ended", {"id": "sess_1", "user_id": "user_1"}).facts == {"session": "sess_1"}


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (NOW, NOW),
        (NOW // 1000, NOW),  # the samples of the specification: seconds
        (0, NOW + 5),
        (None, NOW + 5),
        ("soon", NOW + 5),
        (True, NOW + 5),
    ],
)
def test_seconds_and_milliseconds_are_told_apart(timestamp: Any, at: int) -> None:
    assert event("user.created", {"id": "user_1"}, timestamp=timestamp).at == at


def test_within_a_second_the_objects_own_time_is_finer() -> None:
    second = NOW // 1000
    assert event("user.updated", {**USER, "updated_at": NOW + 730}, timestamp=second).at == NOW + 730
    assert event("user.updated", {**USER, "updated_at": NOW - 9000}, timestamp=second).at == NOW


def test_a_type_that_says_nothing_to_us_is_kept_without_its_data() -> None:
    kept = event("email.created", {"object": "email", "to_email_address": "mia@acme.com", "body": "your code is 123456"})
    assert (kept.type, kept.clerk_user, kept.facts) == ("email.created", None, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"type": "user.created"}',
        b'{"data": {"id": "user_1"}}',
        b'{"type": "user.created", "data": {}}',
        b'{"type": "user.created", "data": {"id": 7}}',
        b'{"type": "user.created", "data": null}',
        b'{"type": "organizationMembership.created", "data": {"id": "orgmem_1", "role": ["x"]}}',
        b'{"type": "session.created", "data": {"id": "sess_1", "user_id": "u", "latest_activity": 5}}',
    ],
)
def test_what_cannot_be_read_is_an_event_that_says_so(body: bytes) -> None:
    kept = read("msg_1", body, now=NOW)
    assert (kept.id, kept.type, kept.at) == ("msg_1", UNREADABLE, NOW)
    assert kept.facts["problem"]
