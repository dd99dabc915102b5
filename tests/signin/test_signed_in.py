"""Accepted sign-ins on both engines: which of them a logout names, and what its end means for tickets."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bridge.people import accounts, persons, tickets
from bridge.saml.assertion import Assertion, NameId, Proof
from bridge.saml.party import Idp, Party
from bridge.signin import signed_in
from bridge.signin.signed_in import AGAIN_MS, KEPT_MS, SignedIn
from bridge.store.database import Database
from scim.ports import Tx

T, HOUR = 10**12, 3_600_000
IDP, US = "https://idp.acme.example/", "https://bridge.example/saml/acme"
ACME = Party("acme", US, f"{US}/acs", f"{US}/slo", Idp(IDP, f"{IDP}sso", ()))
OTHER = replace(ACME, connection="other", entity_id="https://bridge.example/saml/other")
MIA = NameId("mia@acme.example", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", IDP, US)
_ACCOUNT = text(
    """INSERT INTO account (connection, state, person, created, changed) VALUES (:connection, 'active', :person, 0, 0)
    RETURNING pk"""
)


def assertion(name_id: NameId = MIA, index: str | None = "s1", until: int | None = None) -> Assertion:
    proof = Proof("assertion", "", "", "")
    return Assertion("_1", IDP, None, T, T + HOUR, name_id, {}, None, None, index, until, proof)


async def begun(store: Database, *, party: Party = ACME, browser: str = "b", at: int = T, **told: Any) -> int:
    """A sign-in of somebody new."""

    def work(tx: Tx) -> int:
        person = persons.new(tx, "main", f"{party.connection}{browser}{at}{told}", now=at)
        account = tx.one(_ACCOUNT, connection=party.connection, person=person)
        assert account is not None
        given = assertion(**told)
        return signed_in.begin(tx, party, given, account=account["pk"], person=person, browser=browser, now=at)

    return await store.write(work)


async def named(store: Database, name_id: NameId, *indexes: str, party: Party = ACME) -> list[int]:
    found = await store.point(lambda tx: signed_in.matching(tx, party, name_id, indexes))
    return [one.pk for one in found]


async def of_browser(store: Database, browser: str = "b", *, now: int = T) -> list[SignedIn]:
    return await store.point(lambda tx: signed_in.of_browser(tx, browser, "acme", now=now))


async def test_a_logout_names_it_by_name_id_and_session_index(store: Database) -> None:
    one, other = await begun(store), await begun(store, index="s2")
    assert await named(store, MIA, "s1") == [one]
    assert await named(store, MIA, "s3", "s2") == [other]
    assert await named(store, MIA) == [one, other]
    assert await named(store, MIA, "s3") == []
    assert await named(store, replace(MIA, value="ben@acme.example")) == []


async def test_another_connections_sign_in_is_never_named(store: Database) -> None:
    await begun(store, party=OTHER)
    assert await named(store, MIA) == []


async def test_another_idp_behind_the_same_connection_names_nobody_of_the_one_before(store: Database) -> None:
    await begun(store)
    moved = replace(ACME, idp=replace(ACME.idp, entity_id="https://new.example/"))
    assert await named(store, MIA, party=moved) == []


@pytest.mark.parametrize(
    "said",
    [
        replace(MIA, qualifier=None, sp_qualifier=None),
        replace(MIA, format=None),
        replace(MIA, format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
    ],
)
async def test_a_qualifier_that_says_nothing_may_be_left_out_and_a_format_may_differ(store: Database, said: NameId) -> None:
    one = await begun(store)
    assert await named(store, said, "s1") == [one]


async def test_a_qualifier_that_means_somebody_else_names_nobody(store: Database) -> None:
    await begun(store)
    assert await named(store, replace(MIA, sp_qualifier=OTHER.entity_id)) == []


async def test_a_logout_request_can_repeat_the_name_id_as_it_came(store: Database) -> None:
    await begun(store, until=T + 8 * HOUR)
    (one,) = await of_browser(store)
    assert (one.name_id, one.session_index, one.until, one.ticket) == (MIA, "s1", T + 8 * HOUR, None)


async def test_a_browsers_sign_ins_are_its_own_and_ended_ones_stay_for_a_while(store: Database) -> None:
    pk = await begun(store)
    await begun(store, browser="c")
    (one,) = await of_browser(store)
    assert one.pk == pk
    await store.write(lambda tx: signed_in.end(tx, one, T + HOUR))
    assert [(found.pk, found.ended) for found in await of_browser(store, now=T + HOUR + AGAIN_MS - 1)] == [(pk, T + HOUR)]
    assert await of_browser(store, now=T + HOUR + AGAIN_MS) == []


async def test_its_end_is_its_tickets_end_and_whoever_ended_it_first_counts(store: Database) -> None:
    pk = await begun(store)
    (one,) = await of_browser(store)

    def ticket(tx: Tx) -> bool:
        tx.together(tickets.remembering("sit_1", one.person, "acme", created=T, expires=T + 60_000, until=T + 8 * HOUR))
        return tx.together(signed_in.ticketing(pk, "sit_1")) == [1]

    assert await store.write(ticket)
    for at in (T + HOUR, T + 2 * HOUR):
        (now,) = await of_browser(store)
        await store.write(lambda tx, now=now, at=at: signed_in.end(tx, now, at))  # type: ignore[misc]
    assert [one.ended for one in await of_browser(store)] == [T + HOUR]
    (ending,) = await store.point(lambda tx: tickets.endings(tx, one.person))
    assert (ending.until, ending.signed_out) == (T + HOUR, True)


async def test_whoever_signed_out_meanwhile_is_given_no_ticket(store: Database) -> None:
    pk = await begun(store)
    (one,) = await of_browser(store)
    await store.write(lambda tx: signed_in.end(tx, one, T))
    assert await store.write(lambda tx: tx.together(signed_in.ticketing(pk, "sit_1"))) == [0]


async def test_it_is_forgotten_after_a_month_and_never_later_than_its_ticket(store: Database) -> None:
    old, young = await begun(store), await begun(store, at=T + 1)
    await store.write(lambda tx: signed_in.forget(tx, now=T + KEPT_MS))
    assert await named(store, MIA) == [old, young]
    await store.write(lambda tx: signed_in.forget(tx, now=T + KEPT_MS + 1))
    assert await named(store, MIA) == [young]
    assert tickets.KEPT_MS > KEPT_MS + 600_000  # an attempt's ten minutes lie between the two


async def test_two_persons_who_are_one_keep_their_sign_ins_with_what_their_tickets_opened(store: Database) -> None:
    pk = await begun(store)
    (one,) = await of_browser(store)

    def work(tx: Tx) -> int:
        tx.together(tickets.remembering("sit_1", one.person, "acme", created=T, expires=T + 60_000, until=T + HOUR))
        tx.together(signed_in.ticketing(pk, "sit_1"))
        other = persons.new(tx, "main", "other", now=T)
        accounts.move(tx, one.person, other)
        persons.delete(tx, one.person)
        return other

    other = await store.write(work)
    assert await store.point(lambda tx: signed_in.person_of(tx, pk)) == other
    (now,) = await of_browser(store)
    await store.write(lambda tx: signed_in.end(tx, now, T + 1000))
    assert [(one.until, one.signed_out) for one in await store.point(lambda tx: tickets.endings(tx, other))] == [
        (T + 1000, True)
    ]
