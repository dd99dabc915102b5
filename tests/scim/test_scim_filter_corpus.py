"""Filters that four other implementations test with: the valid ones answer, the invalid ones are refused, and what others
take though no grammar has it is mended where the dialect says so.

The collection lies beside a checkout; `OURS` has the same shapes in our own words, so that they are tested without it.
"""

import json
from dataclasses import dataclass

import pytest

from scim.dialects import Healing
from scim.errors import InvalidFilter
from scim.filters import parse
from scim.schemas import USERS
from tests.scim.conftest import Host
from tests.support.shared import shared

VALID, INVALID, LENIENT = "valid", "invalid", "lenient"


def _collected() -> dict[str, list[str]]:
    """The filters of others, by what they expect."""
    found: dict[str, list[str]] = {VALID: [], INVALID: [], LENIENT: []}
    for one in json.loads(shared("idp-traffic/_filters/filters.json").read_bytes())["filters"]:
        found[one["expect"]].append(one["filter"])
    return found


async def _answers(host: Host, filters: list[str], connection: str = "acme") -> dict[str, str | None]:
    """By filter: None for an answer, else the scimType of the refusal."""
    answers = {}
    for filter in filters:
        for path in ("/Users", "/Groups"):
            answer = await host.call("GET", path, query={"filter": filter}, connection=connection)
            assert answer.status in {200, 400}, (filter, answer.body)
            answers[filter] = None if answer.status == 200 else answer.body["scimType"]
            assert answer.status == 400 or answer.body["totalResults"] == 0, filter
    return answers


async def test_every_valid_filter_answers(host: Host) -> None:
    filters = _collected()[VALID]
    assert len(filters) == 103
    assert await _answers(host, filters) == dict.fromkeys(filters)


async def test_strict_takes_every_valid_filter_over_attributes_that_it_has(host: Host) -> None:
    """Which the others' schemas have and ours hasn't is the only reason to refuse one."""
    for filter in _collected()[VALID]:
        healing = Healing()
        parse(filter, USERS, healing)
        answer = await host.call("GET", "/Users", query={"filter": filter}, connection="strict")
        assert answer.status == (400 if healing.acted else 200), filter
        assert healing.acted <= {"unknown-attribute"}


async def test_every_invalid_filter_is_refused_by_strict_and_all_but_two_by_anybody(host: Host) -> None:
    filters = _collected()[INVALID]
    assert len(filters) == 38
    assert await _answers(host, filters, "strict") == dict.fromkeys(filters, "invalidFilter")
    lenient = await _answers(host, filters)
    assert {filter for filter, refusal in lenient.items() if refusal is None} == {"userName eq bjensen", "not userName pr"}
    assert set(lenient.values()) == {"invalidFilter", None}


async def test_nineteen_of_the_lenient_filters_are_mended_and_strict_takes_none(host: Host) -> None:
    filters = _collected()[LENIENT]
    assert len(filters) == 28
    assert await _answers(host, filters, "strict") == dict.fromkeys(filters, "invalidFilter")
    lenient = await _answers(host, filters)
    assert sum(refusal is None for refusal in lenient.values()) == 19
    assert set(lenient.values()) == {"invalidFilter", None}


# --- the same shapes, in our own words


@dataclass(frozen=True)
class Odd:
    """What a filter that no grammar has is read as; None: refused by everybody."""

    filter: str
    read_as: str | None
    healer: str | None = None


OURS = (
    Odd("title eq Dr", 'title eq "Dr"', "unquoted-filter"),
    Odd("title eq dr.-ing.", 'title eq "dr.-ing."', "unquoted-filter"),
    Odd("title eq 7th", 'title eq "7th"', "unquoted-filter"),
    Odd('title sw "D" and meta.created ge 2020-01-01T00:00:00Z', 'title sw "D" and meta.created ge "2020-01-01T00:00:00Z"',
        "unquoted-filter"),
    Odd("(emails co acme.example or title eq x)", '(emails co "acme.example" or title eq "x")', "unquoted-filter"),
    Odd("title eq Dr and emails[type eq work]", 'title eq "Dr" and emails[type eq "work"]', "unquoted-filter"),
    Odd('title eq "eq Dr" or title eq Dr', 'title eq "eq Dr" or title eq "Dr"', "unquoted-filter"),
    Odd("not title pr", "not (title pr)", "bare-not"),
    Odd('NOT title eq "Dr"', 'not (title eq "Dr")', "bare-not"),
    Odd('title eq "not title pr" or not title pr', 'title eq "not title pr" or not (title pr)', "bare-not"),
    Odd('active eq true and not name.familyName sw "O"', 'active eq true and not (name.familyName sw "O")', "bare-not"),
    Odd('not emails[type eq "work"].value pr', 'not (emails[type eq "work"].value pr)', "bare-not"),
    Odd('emails[type eq "work"] pr', 'emails[type eq "work"]', "value-path-operator"),
    Odd('emails[type eq "work"] co "acme"', 'emails[type eq "work" and value co "acme"]', "value-path-operator"),
    Odd('emails[type eq "a" or primary eq true] ew "e"', 'emails[(type eq "a" or primary eq true) and value ew "e"]',
          "value-path-operator"),
    Odd('title pr and emails[type eq "home"] pr', 'title pr and emails[type eq "home"]', "value-path-operator"),
    Odd("", None),
    Odd("()", None),
    Odd("title", None),
    Odd("title eq", None),
    Odd('title pr "x"', None),
    Odd('title is "x"', None),
    Odd("title eq 'Dr'", None),
    Odd('title eq "Dr', None),
    Odd('title eq "\\q"', None),
    Odd('title eq "\\u12"', None),
    Odd('title eq ("Dr")', None),
    Odd('(title eq "Dr"', None),
    Odd('title eq "Dr")', None),
    Odd('title eq "Dr" title pr', None),
    Odd("title pr and", None),
    Odd("and title pr", None),
    Odd("not (and)", None),
    Odd("title[]", None),
    Odd("title[value pr]", None),
    Odd('emails[type eq "work"', None),
    Odd('emails[emails[type eq "work"]]', None),
    Odd('emails[type eq "work"].value.more eq "x"', None),
    Odd('[value eq "x"]', None),
    Odd('1title eq "x"', None),
    Odd('-title eq "x"', None),
    Odd("title lte 5", None),
    Odd('title eq "\ud7ff\\ud800"', None),
    Odd(" or ".join(["title pr"] * 1000), None),
    Odd("(" * 5000 + "title pr" + ")" * 5000, None),
    Odd("not (" * 40 + "title pr" + ")" * 40, None),
)  # fmt: skip
PEOPLE = (
    {"title": "Dr", "emails": [{"value": "a@acme.example", "type": "work"}]},
    {
        "title": "dr.-ing.",
        "emails": [{"value": "b@home.example", "type": "home", "primary": True}],
        "name": {"familyName": "O"},
    },
    {"emails": [{"value": "c@acme.example"}, {"value": "d@x.example", "type": "a"}]},
    {"title": "7th", "active": False},
    {"title": "x"},
)


@pytest.mark.parametrize("one", OURS, ids=lambda one: one.filter[:60])
async def test_a_filter_outside_the_grammar_is_read_as_one_inside_or_refused(host: Host, one: Odd) -> None:
    for number, person in enumerate(PEOPLE):
        await host.user(f"p{number}", **person)
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": one.filter}
    answer = await host.call("POST", "/Users/.search", search)
    if one.read_as is None:
        assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")
        return
    found = [user["id"] for user in answer.body["Resources"]]
    assert found == await host.found("/Users", one.read_as)
    assert 0 < len(found) < len(PEOPLE)
    assert answer.healed == (one.healer,)


@pytest.mark.parametrize("one", OURS, ids=lambda one: one.filter[:60])
def test_strict_refuses_whatever_is_outside_the_grammar(one: Odd) -> None:
    with pytest.raises(InvalidFilter):
        parse(one.filter, USERS, Healing(strict=True))
