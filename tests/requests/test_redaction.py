"""What is kept of a request: never a secret, nothing that a terminal or a database chokes on."""

import json
from typing import Any

import pytest

from bridge.requests import redaction

SECRET = "hunter2-very-secret"


def kept(document: Any, longest: int = 2000) -> str:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return redaction.body(raw, len(raw), longest) or ""


@pytest.mark.parametrize(
    "document",
    [
        {"userName": "mia", "password": SECRET},
        {"userName": "mia", "PassWord": [SECRET]},
        {"Operations": [{"op": "replace", "path": "password", "value": SECRET}]},
        {"Operations": [{"op": "Replace", "value": SECRET, "Path": "urn:ietf:params:scim:schemas:core:2.0:User:password"}]},
        {"Operations": [{"op": "replace", "value": {"password": SECRET}}]},
        {"Operations": [{"method": "POST", "data": {"password": SECRET, "passphrase": {"x": SECRET}}}]},
        {"urn:x:User": {"clientSecret": SECRET, "access_token": SECRET, "apiKey": SECRET, "api-key": SECRET}},
        {"password": 4711_4711},
        {"nickName": "Bearer " + "brg_" + SECRET},
        {"a": {"b": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtaWEifQ.sigsigsig"]}},
    ],
)
def test_a_secret_is_taken_out_wherever_it_stands(document: Any) -> None:
    text = kept(document)
    assert "[redacted]" in text
    for secret in (SECRET, "4711", "eyJ", "sigsig"):
        assert secret not in text


def test_what_is_no_secret_stays_readable() -> None:
    body = {"schemas": ["urn:x"], "userName": "søren@acme.example", "active": True, "name": {"givenName": "Søren"}}
    assert json.loads(kept(body)) == body


@pytest.mark.parametrize("tail", ["", "\\u0070assword"])
def test_a_body_that_is_no_json_is_kept_only_where_it_names_no_secret(tail: str) -> None:
    assert kept(b'{"active": tre,') == '{"active": tre,'
    named = b'{"' + (tail or "password").encode() + b'": "hunter2", broken'
    assert "hunter2" not in kept(named)
    assert kept(named).startswith(f"[{len(named)} bytes")


def test_a_body_too_long_to_be_read_is_cut_and_kept_only_where_it_names_no_secret() -> None:
    start = b'{"members": [' + b'{"value": "7"},' * 500
    assert redaction.body(start, 10_000_000, 100) == start.decode()[:99] + "…"
    assert SECRET not in (redaction.body(start + b'"password": "' + SECRET.encode(), 10_000_000, 9000) or "")


def test_a_secret_that_the_cut_goes_through_is_still_known() -> None:
    text = b'{"x": "' + b"a" * 60 + b' brg_abcdefghijklmnopqrstuvwxyz", '
    assert "brg_a" not in (redaction.body(text, len(text) + 1, 75) or "")


def test_a_body_is_cut_after_it_was_redacted() -> None:
    text = kept({"password": SECRET * 50, "userName": "mia" * 50}, longest=60)
    assert len(text) == 60
    assert text.startswith('{"password":"[redacted]","userName":"mia')


def test_no_body_is_kept_where_none_is_wanted() -> None:
    assert redaction.body(b'{"userName": "mia"}', 19, 0) is None
    assert redaction.body(b"", 0, 2000) is None


def test_a_very_deep_body_is_no_trouble() -> None:
    assert kept(b"[" * 30 + b"1" + b"]" * 30).startswith("[[[")
    assert "[redacted]" in kept(b"[" * 300 + b"1" + b"]" * 300)
    assert kept(b"[" * 5000 + b"]" * 5000)


def test_a_path_is_shown_readable_and_without_secrets() -> None:
    shown = redaction.target("/Users?filter=userName+eq+%22mia%40acme.example%22&count=1", values=True)
    assert shown == '/Users?filter=userName eq "mia@acme.example"&count=1'
    assert SECRET not in redaction.target(f"/Users?access_token={SECRET}&x=1", values=True)
    assert SECRET not in redaction.target(f"/Users?filter=password+eq+%22{SECRET}%22", values=True)


def test_without_values_a_filter_names_nobody() -> None:
    shown = redaction.target("/Users?filter=userName+eq+%22mia%22&startIndex=1", values=False)
    assert shown == "/Users?filter=[redacted]&startIndex=1"


@pytest.mark.parametrize("text", ["a\x1b[31mred", "nul\x00", "line\nbreak", "half \ud83d", "\u202eright to left"])
def test_what_a_terminal_or_database_chokes_on_is_escaped(text: str) -> None:
    shown = redaction.line(text, 100) or ""
    assert shown.isprintable()
    assert "\\u" in shown
    shown.encode()
