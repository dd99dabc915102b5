"""Filters over every attribute (RFC 7644 §3.4.2.2), answered in SQL: what IdPs ask by from an index."""

import pytest

from scim import filters
from scim.dialects import Healing
from scim.errors import InvalidFilter
from scim.schemas import GROUPS, USERS, Shape
from tests.scim.conftest import ENTERPRISE, Host


async def _people(host: Host) -> tuple[str, str]:
    ada = await host.user(
        "ada",
        displayName="Ada Okafor",
        title="Engineer",
        name={"familyName": "Okafor"},
        emails=[{"value": "ada@acme.example", "type": "Work", "primary": True}, {"value": "a@home.example", "type": "home"}],
        **{ENTERPRISE: {"department": "Platform"}},
    )
    ben = await host.user("ben", active=False, title="Designer", emails=[{"value": "ben@acme.example", "type": "home"}])
    return ada, ben


FOUND_ADA = (
    'userName eq "ada@acme.example"',
    'userName eq "ADA@Acme.example"',
    'USERNAME EQ "ada@acme.example"',
    'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@acme.example"',
    'externalId eq "ext-ada"',
    'displayName eq "ada okafor"',
    'emails eq "ADA@acme.example"',
    'emails.value eq "a@home.example"',
    'emails[type eq "work"].value eq "ada@acme.example"',
    'emails[type eq "work" and value eq "ada@acme.example"]',
    'emails[value eq "a@home.example" and type eq "home"]',
    "active eq true",
    'active eq "True"',
    'userName eq "ada@acme.example" and active eq true',
    'active eq true and userName eq "ada@acme.example"',
    'active eq true and title eq "engineer"',
    'userName eq "ada@acme.example" and (title eq "x" or title co "gin")',
    f'{ENTERPRISE}:department eq "platform"',
    'name.familyName sw "oka"',
    "title pr and not (active eq false)",
    'userName eq "ada@acme.example" and meta.created gt "2020-01-01T00:00:00Z"',
)
FOUND_NOBODY = (
    'userName eq "nobody"',
    'externalId eq "EXT-ADA"',
    'emails[type eq "work"].value eq "a@home.example"',
    'emails[type eq "work" and value eq "ada@acme.example" and primary eq false]',
    'emails[type eq "work" and value co "home"]',
    'userName eq "ada@acme.example" and active eq false',
    'userName eq "ada@acme.example" and userName eq "ben@acme.example"',
    'id eq "ada"',
    'active eq "perhaps"',
    'userName eq ""',
)


@pytest.mark.parametrize("filter", FOUND_ADA)
async def test_a_filter_finds_whom_it_describes(host: Host, filter: str) -> None:
    ada, _ = await _people(host)
    assert await host.found("/Users", filter) == [ada]


@pytest.mark.parametrize("filter", FOUND_NOBODY)
async def test_a_filter_that_describes_nobody_finds_an_empty_list(host: Host, filter: str) -> None:
    """Never 404: Entra takes that for wrong credentials."""
    await _people(host)
    body = await host.get("/Users", filter=filter)
    assert (body["totalResults"], body["Resources"], body["itemsPerPage"]) == (0, [], 0)


async def test_an_id_finds_its_user_exactly(host: Host) -> None:
    ada, _ = await _people(host)
    assert await host.found("/Users", f'id eq "{ada}"') == [ada]
    assert await host.found("/Users", f'id eq "{ada.upper()}"') == []


async def test_groups_are_found_by_name_external_id_and_member(host: Host) -> None:
    ada, ben = await _people(host)
    group = await host.group("Engineers", ada, externalId="g-1")
    await host.group("Builders", ben)
    for filter in (
        'displayName eq "ENGINEERS"',
        'externalId eq "g-1"',
        f'id eq "{group}"',
        f'members.value eq "{ada}"',
        f'members eq "{ada}"',
        'displayName eq "engineers" and externalId eq "g-1"',
        'displayName co "gine"',
    ):
        assert await host.found("/Groups", filter) == [group]
    assert await host.found("/Groups", 'userName eq "Engineers"') == []


@pytest.mark.parametrize(
    "filter",
    [
        "userName",
        "userName eq",
        'userName is "x"',
        "(userName pr",
        'userName eq "x" and',
        '"x" eq userName',
        "userName eq eq x",
        " ",
    ],
)
async def test_what_is_no_filter_is_refused(host: Host, filter: str) -> None:
    answer = await host.call("GET", "/Users", query={"filter": filter})
    assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("shape", [USERS, GROUPS])
@pytest.mark.parametrize("asked", ['id eq "1"', 'ID EQ "1"', 'active eq true and id eq "2"'])
def test_one_resource_by_its_key_is_a_look_up(shape: Shape, asked: str) -> None:
    assert filters.parse(asked, shape, Healing()).finds_one


def test_filters_of_one_form_share_a_statement() -> None:
    one, other = (filters.parse(f'title co "{word}"', USERS, Healing()) for word in ("a", "b"))
    assert one.test == other.test
    assert one.values != other.values


def test_a_filter_may_not_have_comparisons_without_end() -> None:
    with pytest.raises(InvalidFilter):
        filters.parse(" or ".join(['title eq "x"'] * 201), USERS, Healing())
