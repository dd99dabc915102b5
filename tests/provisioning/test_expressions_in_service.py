"""What the connection file says of names, e-mail and locale holds for rules, for accounts and for Clerk alike."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from bridge.people import accounts
from bridge.rulebook import proposals
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
WORK = 'emails[type eq "work"].value'
UPDATE = "PATCH /v1/users/{user_id}"
_DUE = text("SELECT cause FROM due")


async def _engineer(house: House, name: str = "mia", **keys: Any) -> str:
    id = await house.user(name, **keys)
    await house.group("engineers", id)
    await house.idle()
    return id


async def _restarted(house: House, **keys: Any) -> None:
    """With another connection file."""
    await house.stop()
    house.connection(**keys)
    await house.start()
    await house.idle()


async def _account(house: House, email: str) -> list[accounts.Account]:
    return await house.parts.database.read(lambda tx: accounts.by_email(tx, email))


def _user(house: House) -> Any:
    (user,) = house.sandbox.state()["users"]
    return user


async def test_names_and_locale_come_by_their_expressions(houses: Houses) -> None:
    own = {"first_name": {"scim": ["nickName", "name.givenName"]}, "last_name": {"scim": "{name.familyName} ({title})"}}
    house = await houses(attributes=own)
    await _engineer(house, nickName="Mimi", title="Dr.", preferredLanguage="de_DE")
    user = _user(house)
    assert (user["first_name"], user["last_name"], user["locale"]) == ("Mimi", "Doe (Dr.)", "de-DE")


@pytest.mark.parametrize(
    ("sent", "tag"),
    [
        ({"locale": "en_GB"}, "en-GB"),
        ({"locale": "fr", "preferredLanguage": "de"}, "fr"),
        ({"preferredLanguage": "pt-BR, en;q=0.5"}, "pt-BR"),
        ({"locale": "Deutsch (Schweiz)"}, None),
        ({}, None),
    ],
)
async def test_clerk_gets_a_locale_only_as_a_language_tag(houses: Houses, sent: dict[str, str], tag: str | None) -> None:
    house = await houses()
    await _engineer(house, **sent)
    assert _user(house)["locale"] == tag


async def test_names_and_locale_that_change_together_are_one_call_and_no_change_is_none(houses: Houses) -> None:
    house = await houses()
    mia = await _engineer(house, locale="en-US")
    house.sandbox.reset_calls()
    await house.patch(
        f"/Users/{mia}",
        {"op": "replace", "path": "locale", "value": "en-GB"},
        {"op": "replace", "path": "name.familyName", "value": "Chen"},
    )
    await house.idle()
    assert house.sandbox.calls() == {UPDATE: 1}
    assert (_user(house)["last_name"], _user(house)["locale"]) == ("Chen", "en-GB")
    house.sandbox.reset_calls()
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "locale", "value": "en_GB"})
    await house.patch(f"/Users/{mia}", {"op": "remove", "path": "locale"})
    await house.idle()
    assert house.sandbox.calls() == {}  # the same tag; and what isn't sent any more stays
    described = [event.facts for event in await house.audit("clerk.user_described")]
    assert described == [{"first_name": "Mia", "last_name": "Chen", "locale": "en-GB"}]


async def test_the_locale_of_a_user_we_did_not_make_is_left_alone(houses: Houses) -> None:
    house = await houses()
    await house.clerk("POST", "/users", {"email_address": ["mia@acme.example"], "locale": "sv-SE"})
    mia = await _engineer(house, locale="en-US")
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "locale", "value": "en-GB"})
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert _user(house)["locale"] == "sv-SE"


async def test_an_e_mail_expression_counts_for_rules_accounts_and_clerk(houses: Houses) -> None:
    house = await houses(
        [{"name": "Us", "when": {"email_domain": "acme.example"}, "grant": {"production": "viewer"}}],
        attributes={"email": {"scim": ['emails[type eq "other"].value', "userName"]}},
    )
    emails = [
        {"value": "mia@private.example", "type": "work", "primary": True},
        {"value": "m.chen@acme.example", "type": "other"},
    ]
    await _engineer(house, emails=emails)
    assert house.roles() == {"m.chen": {"production": "viewer"}}
    (account,) = await _account(house, "M.Chen@acme.example")
    assert account.email == "m.chen@acme.example"
    assert await _account(house, "mia@private.example") == []
    (created, *_) = await house.audit("user.created")
    assert created.facts["email"] == "m.chen@acme.example"


async def test_e_mail_and_groups_are_no_attributes_for_rules(houses: Houses) -> None:
    rules = [{"name": "A", "when": {"attribute": {"email": {"present": True}}}, "grant": {"production": "viewer"}}]
    house = await houses(rules, attributes={"email": {"scim": "userName"}})
    await _engineer(house)
    assert house.roles() == {}
    file = house.folder / "config" / "mappings" / "acme.yaml"
    (problem,) = proposals.read_file(house.parts.settings, file).checked.problems
    assert (problem.severity, problem.message) == ("warning", "the attribute email is not known for this connection")


async def test_what_is_no_address_is_passed_over_and_a_soft_deleted_upn_is_healed(houses: Houses) -> None:
    house = await houses(attributes={"email": {"scim": ["nickName", "userName"]}})
    await _engineer(house, nickName="Mimi", userName="0123456789abcdef0123456789abcdefmia@acme.example", emails=[])
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_two_accounts_of_one_address_are_a_conflict_by_the_expression_too(houses: Houses) -> None:
    house = await houses(attributes={"email": {"scim": "nickName"}})
    mia = await house.user("mia", nickName="shared@acme.example")
    ben = await house.user("ben", nickName="Shared@acme.example")
    await house.group("engineers", mia, ben)
    await house.idle()
    assert house.roles() == {}


async def test_a_changed_expression_is_followed_by_accounts_and_by_clerk(houses: Houses) -> None:
    house = await houses()
    mia = await _engineer(house, nickName="Mimi", title="mia.work@acme.example")
    assert house.roles() == {"mia": {"production": "editor"}}
    own = {"email": {"scim": "title"}, "first_name": {"scim": "nickName"}, "display_name": {"scim": "{nickName} D."}}
    await _restarted(house, attributes=own)
    (account,) = await _account(house, "mia.work@acme.example")
    assert (account.subject, account.display) == (mia, "Mimi D.")
    assert house.roles() == {"mia.work": {"production": "editor"}}
    assert _user(house)["first_name"] == "Mimi"
    await _restarted(house)
    assert house.roles() == {"mia": {"production": "editor"}}
    assert [one.display for one in await _account(house, "mia@acme.example")] == ["Mia Doe"]


async def test_a_restart_with_the_same_expressions_makes_nobody_due(houses: Houses) -> None:
    house = await houses()
    await _engineer(house)
    await _restarted(house)
    house.sandbox.reset_calls()
    person = (await _account(house, "mia@acme.example"))[0].person
    before = await house.parts.database.read(lambda tx: tx.one(text("SELECT wanted FROM person WHERE pk = :pk"), pk=person))
    await _restarted(house, settle="1s")
    after = await house.parts.database.read(lambda tx: tx.one(text("SELECT wanted FROM person WHERE pk = :pk"), pk=person))
    assert before is not None
    assert after is not None
    assert (before["wanted"], house.sandbox.calls()) == (after["wanted"], {})
    assert await house.parts.database.read(lambda tx: tx.all(_DUE)) == []


async def test_an_expression_that_takes_everybodys_address_away_is_stopped_by_the_brake(houses: Houses) -> None:
    house = await houses()
    await house.people(12, "engineers")
    assert len(house.roles()) == 12
    await _restarted(house, attributes={"email": {"scim": "title"}})
    await house.jump(60)
    assert len(house.roles()) == 12
    (hold,) = await house.open_holds()
    assert "12 people lose access by one change (the connection file changed)" in hold.cause
