"""/Me (RFC 7644 §3.11): the user that the caller is, by every method; a connector is nobody."""

from typing import Any

import pytest

from tests.scim.conftest import USER, Answer, Host

WHOLE = {"schemas": [USER], "userName": "ada@acme.example", "externalId": "ext-ada", "title": "Boss"}
CHANGE = {"Operations": [{"op": "replace", "path": "title", "value": "Boss"}]}


async def _me(host: Host, subject: str, method: str = "GET", body: Any = None, **given: Any) -> Answer:
    return await host.call(method, "/Me", body, X_Subject=subject, **given)


async def test_me_is_the_callers_own_user(host: Host) -> None:
    await host.user("ben")
    ada = await host.user("ada")
    await host.group("engineers", ada)
    answer = await _me(host, ada)
    assert answer.body == await host.get(f"/Users/{ada}")
    assert answer.headers["ETag"] == answer.body["meta"]["version"]


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", WHOLE), ("PATCH", CHANGE), ("DELETE", None)])
async def test_every_answer_says_where_the_user_really_is(host: Host, method: str, body: Any) -> None:
    """ "In any response, the HTTP Location header MUST be the permanent location of the aliased resource"."""
    ada = await host.user("ada")
    answer = await _me(host, ada, method, body)
    assert answer.status == (204 if method == "DELETE" else 200)
    assert answer.headers["Location"] == f"{host.base()}/Users/{ada}"
    if answer.body is not None:
        assert answer.body["meta"]["location"] == answer.headers["Location"]


@pytest.mark.parametrize(("method", "body"), [("PUT", WHOLE), ("PATCH", CHANGE)])
async def test_a_user_may_change_themselves(host: Host, method: str, body: Any) -> None:
    ada = await host.user("ada")
    answer = await _me(host, ada, method, body)
    assert (answer.body["title"], answer.headers["ETag"]) == ("Boss", 'W/"2"')
    assert await host.get(f"/Users/{ada}") == answer.body
    assert host.last_change().id == ada


async def test_a_user_may_go(host: Host) -> None:
    ada, ben = await host.user("ada"), await host.user("ben")
    await _me(host, ada, "DELETE")
    assert await host.found("/Users", "userName pr") == [ben]
    assert (await _me(host, ada)).status == 404


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", WHOLE), ("PATCH", CHANGE), ("DELETE", None)])
async def test_a_connectors_token_is_nobodys(host: Host, method: str, body: Any) -> None:
    await host.user("ada")
    answer = await host.call(method, "/Me", body)
    assert (answer.status, answer.body["status"]) == (501, "501")
    assert len(await host.found("/Users", "userName pr")) == 1


async def test_me_is_not_made_by_post(host: Host) -> None:
    answer = await _me(host, await host.user("ada"), "POST", WHOLE)
    assert (answer.status, answer.headers["Allow"]) == (405, "DELETE, GET, PATCH, PUT")


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", WHOLE), ("PATCH", CHANGE), ("DELETE", None)])
async def test_a_user_of_another_connection_is_not_me(host: Host, method: str, body: Any) -> None:
    theirs = await host.user("ada", connection="globex")
    assert (await _me(host, theirs, method, body)).status == 404
    assert (await host.get(f"/Users/{theirs}", connection="globex"))["meta"]["version"] == 'W/"1"'


async def test_me_knows_conditions_and_projections(host: Host) -> None:
    ada = await host.user("ada")
    assert (await _me(host, ada, If_None_Match='W/"1"')).status == 304
    assert (await _me(host, ada, "PATCH", CHANGE, If_Match='W/"7"')).status == 412
    assert (await _me(host, ada, "DELETE", If_Match='W/"7"')).status == 412
    short = {"schemas": [USER], "id": ada, "userName": "ada@acme.example"}
    assert (await _me(host, ada, query={"attributes": "userName"})).body == short
    changed = await _me(host, ada, "PATCH", CHANGE, query={"attributes": "title"})
    assert changed.body == {"schemas": [USER], "id": ada, "title": "Boss"}


async def test_what_nobody_may_change_in_a_user_nobody_may_change_in_me(host: Host) -> None:
    ada = await host.user("ada")
    answer = await _me(host, ada, "PATCH", {"Operations": [{"op": "remove", "path": "userName"}]})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
