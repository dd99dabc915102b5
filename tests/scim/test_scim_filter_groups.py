"""Filters over what is rows elsewhere, members and groups, and how large a filter may be."""

import pytest

from scim.filters.comparing import MOST
from tests.scim.asked import found, table
from tests.scim.conftest import Host

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

BY_MEMBERS = r"""
    members eq "{ada}"  ->  inner
    members.value eq "{inner}"  ->  outer
    members[value eq "nobody-yet"]  ->  waiting
    members.value eq "NOBODY-YET"  ->
    members.value sw "nobody"  ->  waiting
    members ne "{ada}"  ->  outer waiting empty
    not (members[value eq "{ada}"])  ->  outer waiting empty
    members[value ne "{ada}"]  ->  outer waiting
    members pr  ->  inner outer waiting
    members eq null  ->  empty
    members.type eq "user"  ->  inner waiting
    members[type eq "GROUP"]  ->  outer
    members[not (type pr)]  ->  waiting
    members[value pr and type eq null]  ->  waiting
    members.display sw "ADA@"  ->  inner
    members.display eq "Inner"  ->  outer
    members[type eq "User" and display co "ben"]  ->  waiting
    members[value eq "nobody-yet"] and displayName eq "waiting"  ->  waiting
    members.$ref eq "{base}/Users/{ada}"  ->  inner
    members[$ref eq "{base}/Groups/{inner}"]  ->  outer
    members.$ref eq "{base}/Groups/{ada}"  ->
    members.$ref eq "https://elsewhere.example/Users/{ada}"  ->
    members.$ref pr  ->  inner outer waiting
    members[not ($ref pr)]  ->  waiting
    displayName sw "OUT"  ->  outer
    displayName gt "inner"  ->  outer waiting
    externalId eq "In"  ->  inner
    externalId eq "in"  ->
    meta.location eq "{base}/Groups/{inner}"  ->  inner
    meta.location ne "{base}/Groups/{inner}"  ->  outer waiting empty
    meta.location eq "{base}/Users/{inner}"  ->
    schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"  ->  inner outer waiting empty
    meta.resourceType eq "Group"  ->  inner outer waiting empty
    userName pr  ->
    userName eq null  ->  inner outer waiting empty
"""
BY_GROUPS = r"""
    groups eq "{inner}"  ->  ada
    groups.value eq "{inner}"  ->  ada
    groups ne "{inner}"  ->  ben
    groups.display eq "INNER"  ->  ada
    groups.display sw "wait"  ->  ben
    groups.display eq "outer"  ->
    groups[type eq "direct" and display co "ai"]  ->  ben
    groups.type eq "indirect"  ->
    groups pr  ->  ada ben
    groups eq null  ->
    groups.$ref eq "{base}/Groups/{inner}"  ->  ada
    groups.$ref ne "{base}/Groups/{inner}"  ->  ben
    groups.$ref eq "{base}/Users/{inner}"  ->
    meta.location eq "{base}/Users/{ada}"  ->  ada
"""


async def _groups(host: Host) -> dict[str, str]:
    """Groups with a user, with a group, with somebody who isn't there yet, and with nobody: ids by name."""
    ada, ben = await host.user("ada"), await host.user("ben")
    inner = await host.group("inner", ada, externalId="In")
    outer, waiting = await host.group("Outer", inner), await host.group("waiting", ben, "nobody-yet")
    ids = {"ada": ada, "ben": ben, "inner": inner, "outer": outer, "waiting": waiting}
    return ids | {"empty": await host.group("empty"), "base": host.base()}


async def test_groups_are_found_by_members_of_all_three_sorts(host: Host) -> None:
    ids = await _groups(host)
    asked = table(BY_MEMBERS, **ids)
    assert await found(host, "/Groups", {id: name for name, id in ids.items()}, asked) == asked


async def test_users_are_found_by_their_groups(host: Host) -> None:
    ids = await _groups(host)
    asked = table(BY_GROUPS, **ids)
    assert await found(host, "/Users", {id: name for name, id in ids.items()}, asked) == asked


async def test_who_left_or_ended_is_found_no_more(host: Host) -> None:
    ids = await _groups(host)
    await host.call("DELETE", f"/Users/{ids['ada']}")
    assert await host.found("/Groups", f'members eq "{ids["ada"]}"') == []
    await host.call("DELETE", f"/Groups/{ids['waiting']}")
    assert await host.found("/Users", "groups eq null") == [ids["ben"]]
    await host.call("DELETE", f"/Groups/{ids['inner']}")
    assert await host.found("/Groups", f'members eq "{ids["inner"]}"') == []


async def test_who_was_waited_for_is_found_as_a_user(host: Host) -> None:
    ids = await _groups(host)
    late = await host.user("late", externalId="nobody-yet")
    assert await host.found("/Groups", "members[type eq null]") == []
    assert await host.found("/Groups", 'members.display sw "late@"') == [ids["waiting"]]
    assert await host.found("/Groups", f'members.$ref eq "{host.base()}/Users/{late}"') == [ids["waiting"]]


async def test_another_connection_is_never_looked_into(host: Host) -> None:
    """Not even by ids, addresses and names that are known."""
    ids = await _groups(host)
    for filter in table(BY_MEMBERS + BY_GROUPS, **ids):
        for path in ("/Users", "/Groups"):
            assert await host.found(path, filter, connection="other") == []


@pytest.mark.parametrize("joined", [" or ", " and "])
@pytest.mark.parametrize(
    "test", ['title eq "x"', "title pr", "name pr", 'emails[type eq "work"]', 'userName sw "a"', "emails ne null", "id pr"]
)
async def test_a_filter_has_a_hundred_tests_and_no_more(host: Host, joined: str, test: str) -> None:
    """SQLite takes expressions a thousand deep, and a name alone is six."""
    await host.user("ada", title="x", name={"givenName": "Ada"}, emails=[{"value": "a@x.example", "type": "work"}])
    search = {"schemas": [SEARCH], "filter": joined.join([test] * MOST)}
    for path in ("/Users", ""):
        answer = await host.call("POST", f"{path}/.search", search)
        assert answer.status == 200
        assert answer.body["totalResults"] == 1
        one_more = {**search, "filter": f"{search['filter']}{joined}{test}"}
        answer = await host.call("POST", f"{path}/.search", one_more)
        assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")


async def test_many_addresses_are_asked_for_at_once(host: Host) -> None:
    ada = await host.user("ada", emails=[{"value": "a7@x.example", "type": "work"}])
    many = " or ".join(f'emails[type eq "work"].value eq "a{number}@x.example"' for number in range(MOST // 2))
    search = await host.call("POST", "/Users/.search", {"schemas": [SEARCH], "filter": many})
    assert [user["id"] for user in search.body["Resources"]] == [ada]


@pytest.mark.parametrize(
    "form",
    [
        "not ({})",
        "not ({} and title pr)",
        "(not ({}) or title pr)",
        "({} and (title pr or active eq true))",
        '(not (emails[not (type eq "a" and not (value pr))]) or {})',
    ],
)
@pytest.mark.parametrize("path", ["/Users", "/Groups", "/"])
async def test_a_filter_that_nests_deeply_is_answered_or_refused(host: Host, form: str, path: str) -> None:
    """SQLite's parser has a stack of a hundred places, of which no allowed filter needs so many."""
    filter, statuses = 'title eq "x"', []
    for _ in range(34):
        filter = form.format(filter)
        answer = await host.call("POST", f"{path.rstrip('/')}/.search", {"schemas": [SEARCH], "filter": filter})
        statuses.append(answer.status)
    assert statuses[:14] == [200] * 14
    assert statuses[-1] == 400
    assert set(statuses) == {200, 400}
