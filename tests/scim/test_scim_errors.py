"""Whatever is wrong with a request, the answer is a SCIM error with the right status, and never a 5xx."""

from typing import Any

import pytest

from scim.clean import LONGEST_KEY
from scim.discovery import LARGEST_BODY
from scim.errors import ERROR_SCHEMA
from tests.scim.conftest import GROUP, USER, Answer, Host

NUL, HALF = "a\\u0000b", "a\\ud800b"  # as JSON escapes


def _is_error(answer: Answer, status: int, scim_type: str | None = None) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert answer.body["schemas"] == [ERROR_SCHEMA]
    assert answer.body["status"] == str(status)
    assert answer.body["detail"]
    assert answer.body.get("scimType") == scim_type


@pytest.mark.parametrize("raw", [b"", b"{", b"{'userName': 'ada'}", b'{"active": tre}', b"\xff\xfe", b"[" * 5000])
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
async def test_a_body_that_is_no_json_is_refused(host: Host, path: str, raw: bytes) -> None:
    _is_error(await host.call("POST", path, raw=raw), 400, "invalidSyntax")


@pytest.mark.parametrize("raw", [b"[]", b'"ada"', b"7", b"null", b"true"])
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
async def test_a_body_that_is_no_object_is_refused(host: Host, path: str, raw: bytes) -> None:
    _is_error(await host.call("POST", path, raw=raw), 400, "invalidSyntax")


@pytest.mark.parametrize("name", [None, "", "  ", [], "left out"])
async def test_a_resource_without_its_required_name_is_refused(host: Host, name: Any) -> None:
    for path, key in (("/Users", "userName"), ("/Groups", "displayName")):
        answer = await host.call("POST", path, {} if name == "left out" else {key: name})
        _is_error(answer, 400, "invalidValue")
        assert key in answer.body["detail"]


@pytest.mark.parametrize(
    "keys",
    [
        {"active": "maybe"},
        {"active": {"value": True}},
        {"active": 7},
        {"title": {"a": 1}},
        {"title": True},
        {"name": True},
        {"emails": [["a@acme.example"]]},
        {"emails": [{"value": {"a": 1}}]},
        {"userName": ["a", "b"]},
        {"externalId": {"a": 1}},
    ],
)
async def test_a_value_of_the_wrong_kind_is_refused(host: Host, keys: dict[str, Any]) -> None:
    _is_error(await host.call("POST", "/Users", {"userName": "ada", **keys}), 400, "invalidValue")


@pytest.mark.parametrize("odd", [NUL, HALF])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Users", '{"userName": "%s"}'),
        ("/Users", '{"userName": "ada", "title": "%s"}'),
        ("/Users", '{"userName": "ada", "externalId": "%s"}'),
        ("/Users", '{"userName": "ada", "emails": [{"value": "%s"}]}'),
        ("/Groups", '{"displayName": "%s"}'),
        ("/Groups", '{"displayName": "engineers", "members": [{"value": "%s"}]}'),
    ],
)
async def test_text_that_no_database_keeps_is_refused(host: Host, path: str, body: str, odd: str) -> None:
    answer = await host.call("POST", path, raw=(body % odd).encode())
    _is_error(answer, 400, "invalidValue" if odd == NUL else "invalidSyntax")


@pytest.mark.parametrize("odd", [NUL, HALF])
async def test_text_that_no_database_keeps_is_refused_in_a_patch(host: Host, odd: str) -> None:
    user, group = await host.user(), await host.group()
    for place, operation in (
        (f"/Users/{user}", '{"op": "replace", "path": "title", "value": "%s"}'),
        (f"/Groups/{group}", '{"op": "add", "path": "members", "value": [{"value": "%s"}]}'),
        (f"/Groups/{group}", '{"op": "remove", "path": "members[value eq \\"%s\\"]"}'),
    ):
        raw = '{"Operations": [' + operation % odd + "]}"
        answer = await host.call("PATCH", place, raw=raw.encode())
        assert answer.status == 400, answer.body


@pytest.mark.parametrize("filter", ['id eq "a\x00b"', f'userName eq "{NUL}"', f'externalId eq "{HALF}"'])
async def test_text_that_no_database_keeps_is_refused_in_a_filter(host: Host, filter: str) -> None:
    assert (await host.call("GET", "/Users", query={"filter": filter})).status == 400


async def test_a_place_that_no_database_keeps_is_refused(host: Host) -> None:
    for path in ("/Users/a%00b", "/Groups/a%00b", "/Users/%ED%A0%80", "/Groups/%FF"):
        for method, body in (("GET", None), ("DELETE", None), ("PUT", {"userName": "a", "displayName": "a"})):
            assert (await host.call(method, path, body)).status in {400, 404}


@pytest.mark.parametrize("letter", ["x", "é", "\U0001d1c0"])
async def test_a_key_that_no_index_holds_is_refused(host: Host, letter: str) -> None:
    """Folding makes the last of these letters three times as long."""
    folded = {"x": 1, "é": 2, "\U0001d1c0": 12}[letter]
    fits, long = letter * (LONGEST_KEY // folded), letter * (LONGEST_KEY // folded + 1)
    user, group = {"schemas": [USER], "userName": "ada"}, {"schemas": [GROUP], "displayName": "engineers"}
    for path, body, keys in (
        ("/Users", user, ("userName", "emails")),
        ("/Groups", group, ("displayName", "members")),
    ):
        for key in keys:
            wrap = [{"value": long}] if key in {"emails", "members"} else long
            _is_error(await host.call("POST", path, {**body, key: wrap}), 400, "invalidValue")
    assert (await host.call("POST", "/Users", {**user, "userName": fits, "emails": [{"value": fits}]})).status == 201
    assert (await host.call("POST", "/Groups", {**group, "displayName": fits, "members": [{"value": fits}]})).status == 201


async def test_a_long_external_id_is_refused(host: Host) -> None:
    answer = await host.call("POST", "/Users", {"userName": "ada", "externalId": "x" * (LONGEST_KEY + 1)})
    _is_error(answer, 400, "invalidValue")


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
async def test_another_media_type_is_refused(host: Host, media: str) -> None:
    id = await host.user("ben")
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{id}"), ("PATCH", f"/Users/{id}"), ("POST", "/Groups")):
        _is_error(await host.call(method, path, {"userName": "ada"}, Content_Type=media), 415)


@pytest.mark.parametrize(
    "media", ["application/json", "application/scim+json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
async def test_json_under_its_usual_names_is_taken(host: Host, media: str) -> None:
    assert (await host.call("POST", "/Users", {"userName": "ada"}, Content_Type=media)).status == 201


async def test_a_body_too_large_is_refused(host: Host) -> None:
    _is_error(await host.call("POST", "/Users", raw=b" " * (LARGEST_BODY + 1)), 413)


@pytest.mark.parametrize(
    ("path", "allowed", "refused"),
    [
        ("/Users", "GET, POST", ("PUT", "PATCH", "DELETE")),
        ("/Groups", "GET, POST", ("PUT", "PATCH", "DELETE")),
        ("/Users/1", "DELETE, GET, PATCH, PUT", ("POST",)),
        ("/Groups/1", "DELETE, GET, PATCH, PUT", ("POST",)),
        ("/Schemas", "GET", ("POST", "PUT", "PATCH", "DELETE")),
        ("/ResourceTypes/User", "GET", ("POST", "PUT", "PATCH", "DELETE")),
        ("/ServiceProviderConfig", "GET", ("POST", "PUT", "PATCH", "DELETE")),
    ],
)
async def test_a_method_that_is_not_offered_is_told_which_are(
    host: Host, path: str, allowed: str, refused: tuple[str, ...]
) -> None:
    for method in refused:
        answer = await host.call(method, path, {})
        _is_error(answer, 405)
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/Nothing", "/Users/1/2", "/Schemas/urn:nothing", "/ResourceTypes/Nothing"])
async def test_an_unknown_place_is_not_found(host: Host, path: str) -> None:
    _is_error(await host.call("GET", path), 404)


async def test_an_unknown_resource_is_not_found(host: Host) -> None:
    for path in ("/Users/1", "/Groups/1"):
        _is_error(await host.call("GET", path), 404)
        _is_error(await host.call("DELETE", path), 404)
        _is_error(await host.patch(path, {"op": "remove", "path": "externalId"}), 404)
    _is_error(await host.call("PUT", "/Users/1", {"userName": "ada"}), 404)
    _is_error(await host.call("PUT", "/Groups/1", {"displayName": "engineers"}), 404)
