"""`from` and `until`: both days count, in the connection's timezone; a decision knows when a date changes it."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

SPRING = """\
rules: [{name: auditors, when: {group: audit}, grant: {billing: viewer}, from: 2027-03-01, until: 2027-04-30}]
"""
BERLIN = ZoneInfo("Europe/Berlin")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "counts"),
    [
        ("2027-02-28T23:59:59", False),
        ("2027-03-01T00:00:00", True),
        ("2027-04-30T23:59:59", True),
        ("2027-05-01T00:00:00", False),
    ],
)
def test_both_days_count_in_the_connections_timezone(decided, person, roles, now, counts):
    found = decided(SPRING, person("audit"), at(now), timezone="Europe/Berlin")
    assert roles(found) == ({"billing": "viewer"} if counts else {})


def test_another_timezone_has_another_day(decided, person, roles):
    now = at("2027-03-01T00:30:00")
    assert roles(decided(SPRING, person("audit"), now, timezone="Europe/Berlin")) == {"billing": "viewer"}
    assert roles(decided(SPRING, person("audit"), now, timezone="UTC")) == {}
    assert roles(decided(SPRING, person("audit"), now.astimezone(UTC), timezone="Europe/Berlin")) == {"billing": "viewer"}


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ("2026-11-24T12:00:00", "2027-02-28T23:00:00+00:00"),
        ("2027-02-28T23:59:59", "2027-02-28T23:00:00+00:00"),
        ("2027-03-01T00:00:00", "2027-04-30T22:00:00+00:00"),
        ("2027-04-30T23:59:59", "2027-04-30T22:00:00+00:00"),
        ("2027-05-01T00:00:00", None),
    ],
)
def test_the_next_change_is_the_next_midnight_at_which_a_rule_begins_or_ends(decided, person, now, change):
    found = decided(SPRING, person("audit"), at(now), timezone="Europe/Berlin").next_change_at
    assert found == (datetime.fromisoformat(change) if change else None)
    assert found is None or found.tzinfo is UTC


def test_dates_of_rules_that_do_not_hold_for_a_person_are_none_of_theirs(decided, person):
    assert decided(SPRING, person("other"), at("2027-03-05T00:00:00")).next_change_at is None


def test_the_nearest_of_several_dates_is_next(decided, person):
    body = """\
rules:
  - {name: a, when: {everyone: true}, grant: {billing: viewer}, until: 2027-06-30}
  - {name: b, when: {everyone: true}, grant: {billing: editor}, from: 2027-01-01}
"""
    assert decided(body, person()).next_change_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_what_a_decision_says_about_its_next_change_comes_true(decided, person, roles):
    who, now = person("audit"), at("2027-01-01T00:00:00")
    seen = []
    for _ in range(3):
        found = decided(SPRING, who, now, timezone="Europe/Berlin")
        seen.append(roles(found))
        if found.next_change_at is None:
            break
        just_before = decided(SPRING, who, found.next_change_at - timedelta(microseconds=1), timezone="Europe/Berlin")
        assert roles(just_before) == roles(found)
        now = found.next_change_at
    assert seen == [{}, {"billing": "viewer"}, {}]


def test_a_day_that_begins_by_a_jump_of_the_clock_begins_at_the_jump(decided, person, roles):
    """Cairo's clocks jump from 0:00 to 1:00 on 28 April 2028: that day has no midnight."""
    body = "rules: [{name: r, when: {everyone: true}, grant: {billing: viewer}, from: 2028-04-28}]"
    change = decided(body, person(), timezone="Africa/Cairo").next_change_at
    assert change == datetime(2028, 4, 27, 22, tzinfo=UTC)
    assert roles(decided(body, person(), change, timezone="Africa/Cairo")) == {"billing": "viewer"}
    assert roles(decided(body, person(), change - timedelta(seconds=1), timezone="Africa/Cairo")) == {}


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_last_day_of_the_calendar_means_for_ever(decided, person, roles, zone):
    body = "rules: [{name: r, when: {everyone: true}, grant: {billing: viewer}, from: 0001-01-01, until: 9999-12-31}]"
    found = decided(body, person(), timezone=zone)
    assert (roles(found), found.next_change_at) == ({"billing": "viewer"}, None)


def test_one_day_is_a_period_too(decided, person, roles):
    body = "rules: [{name: r, when: {everyone: true}, grant: {billing: viewer}, from: 2027-01-01, until: 2027-01-01}]"
    noon = datetime(2027, 1, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    assert roles(decided(body, person(), noon)) == {"billing": "viewer"}


def test_a_date_in_quotes_is_a_date(decided, person, roles):
    body = "rules: [{name: r, when: {everyone: true}, grant: {billing: viewer}, from: '2027-01-01'}]"
    assert roles(decided(body, person())) == {}
