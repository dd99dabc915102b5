"""Whose word counts for a connection: metadata fetched once for all, renewed in time, kept while its source fails."""

import asyncio

import pytest
from sqlalchemy import text

from bridge.errors import BridgeError
from bridge.saml import source
from bridge.saml.idps import Idps
from bridge.settings import load
from tests.saml.protocol.conftest import Room
from tests.support.saml import IDP, signer
from tests.support.saml.metadata import MD, document, slo

MINUTE, HOUR, DAY = 60, 3600, 86_400
_SPOIL = text("UPDATE idp_metadata SET document = :document, digest = :digest")


async def refusal(idps: Idps, name: str = "acme") -> BridgeError:
    with pytest.raises(BridgeError) as refused:
        await idps.party(name)
    return refused.value


async def test_the_first_sign_in_fetches_and_everybody_else_finds_it(room: Room) -> None:
    first, second = room.start(), room.start()
    party = await first.party("acme")
    assert (party.idp.entity_id, party.idp.certificates[0].der) == (IDP, signer().der)
    assert (party.entity_id, party.acs) == ("https://bridge.test/saml/acme", "https://bridge.test/saml/acme/acs")
    assert await second.party("acme") == party
    assert room.publisher.fetches == 1


async def test_what_is_configured_stands_in_the_party(room: Room) -> None:
    (room.folder / "ours.pem").write_text(signer("ours").pem())
    room.write(keys=["file:ours.pem"], skew="60s", require_encryption=True)
    party = await room.start().party("acme")
    assert (party.keys[0].certificate, party.skew_ms, party.must_encrypt) == (signer("ours").certificate, 60_000, True)


async def test_many_who_come_first_share_one_fetch(room: Room) -> None:
    room.publisher.slowly = asyncio.Event()
    idps = room.start()
    waiting = [asyncio.create_task(idps.party("acme")) for _ in range(30)]
    await room.publisher.asked.wait()
    waiting[0].cancel()
    room.publisher.slowly.set()
    assert len({id(await one) for one in waiting[1:]}) == 1
    assert room.publisher.fetches == 1


async def test_a_party_costs_no_database_and_no_parsing_within_a_second(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    idps = room.start()
    party = await idps.party("acme")
    monkeypatch.setattr(room.store, "point", None)
    room.watch.jump(0.9)
    assert await idps.party("acme") is party
    monkeypatch.undo()
    room.watch.jump(0.2)
    assert await idps.party("acme") is party  # asked for, not parsed


async def test_connections_have_an_idp_each(room: Room) -> None:
    room.write("beta", metadata="file:beta.xml")
    (room.folder / "beta.xml").write_bytes(document(by=signer("beta")))
    idps = room.start()
    assert (await idps.party("beta")).idp.certificates[0].der == signer("beta").der
    assert (await idps.party("acme")).idp.certificates[0].der == signer().der


async def test_a_connection_without_saml_is_told_so(room: Room) -> None:
    (room.folder / "connections" / "plain.yaml").write_text("customer: Acme\nprovider: okta\n")
    idps = room.start()
    assert (await refusal(idps, "plain")).code == (await refusal(idps, "nobody")).code == "saml_not_configured"


async def test_where_nothing_can_be_had_the_source_is_not_asked_by_each_who_comes(room: Room) -> None:
    room.publisher.status = 500
    idps = room.start()
    for _ in range(5):
        error = await refusal(idps)
        assert error.code == "idp_metadata_missing"
        assert error.hint == f"{room.publisher.url} answered 500."
    assert room.publisher.fetches == 1
    room.publisher.status = 200
    room.watch.jump(11)
    assert (await idps.party("acme")).idp.entity_id == IDP


async def test_failures_are_tried_again_after_longer_and_longer(room: Room) -> None:
    room.publisher.status = 503
    idps = room.start()
    waits = []
    for _ in range(14):
        await room.looks(idps)
        row = await room.row()
        assert row is not None
        waits.append((row.next_at - room.watch.now) // 1000)
        room.watch.now = row.next_at
    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == HOUR


async def test_the_last_good_one_serves_while_its_source_fails_also_after_a_restart(room: Room) -> None:
    await room.looks(room.start())
    room.publisher.body = b"<html>Down for maintenance</html>"
    room.watch.jump(2 * HOUR)
    idps = room.start()
    await room.looks(idps)
    row = await room.row()
    assert row is not None
    assert row.problem is not None
    assert row.problem["code"] == "idp_metadata_unusable"
    assert row.digest is not None
    assert (await idps.party("acme")).idp.entity_id == IDP
    assert (await room.start().party("acme")).idp.entity_id == IDP


async def test_the_last_good_one_is_not_believed_past_its_own_end(room: Room) -> None:
    room.publisher.body = document(validUntil="2026-09-22T14:13:20Z")  # a day from now
    idps = room.start()
    await room.looks(idps)
    room.publisher.status = 404
    room.watch.jump(DAY - 1)
    assert (await idps.party("acme")).idp.entity_id == IDP
    room.watch.jump(1)
    assert (await refusal(idps)).code == "idp_metadata_expired"


async def test_metadata_that_is_over_already_is_not_taken(room: Room) -> None:
    room.publisher.body = document(validUntil="2026-09-21T14:13:20Z")
    error = await refusal(room.start())
    assert (error.code, str(error.hint)[:30]) == ("idp_metadata_missing", f"The metadata of {IDP}"[:30])


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ({}, HOUR),
        ({"cacheDuration": "PT3H"}, 3 * HOUR),
        ({"cacheDuration": "PT1S"}, 10 * MINUTE),
        ({"cacheDuration": "P30D"}, 8 * HOUR),
        ({"cacheDuration": "P30D", "validUntil": "2026-09-21T16:13:20Z"}, HOUR),  # half of what is left
        ({"validUntil": "2026-09-21T14:21:20Z"}, 4 * MINUTE),
        ({"validUntil": "2026-09-21T14:13:50Z"}, MINUTE),
    ],
)
async def test_it_is_renewed_as_often_as_the_idp_says_within_reason(
    room: Room, attributes: dict[str, str], seconds: int
) -> None:
    room.publisher.body = document(**attributes)
    idps = room.start()
    await room.looks(idps)
    room.watch.jump(seconds - 1)
    await room.looks(idps)
    assert room.publisher.fetches == 1
    room.watch.jump(1)
    await room.looks(idps)
    assert room.publisher.fetches == 2


async def test_a_new_key_is_believed_within_a_second_everywhere_and_told(room: Room) -> None:
    holder, replica = room.start(), room.start()
    await room.looks(holder)
    await replica.party("acme")
    assert [one.subject for one in await room.trail("saml.certificate_added")] == [signer().certificate.fingerprint]
    room.publisher.body = document(by=signer("new"))
    room.watch.jump(HOUR)
    await room.looks(holder)
    for idps in (holder, replica):
        assert [one.der for one in (await idps.party("acme")).idp.certificates] == [signer("new").der]
    added, removed = await room.trail("saml.certificate_added"), await room.trail("saml.certificate_removed")
    assert [one.subject for one in added] == [one.certificate.fingerprint for one in (signer(), signer("new"))]
    assert [(one.subject, one.actor) for one in removed] == [(signer().certificate.fingerprint, "system")]
    assert added[1].facts == {"ends": signer("new").certificate.ends, "whose": "idp"}


async def test_metadata_that_stays_the_same_says_nothing(room: Room) -> None:
    idps = room.start()
    for _ in range(4):
        await room.looks(idps)
        room.watch.jump(HOUR)
    assert room.publisher.fetches == 4
    assert len(await room.trail("saml.certificate_added")) == 1


async def test_another_entity_id_is_told(room: Room) -> None:
    idps = room.start()
    await room.looks(idps)
    room.publisher.body = document().replace(IDP.encode(), b"https://new.acme.test")
    room.watch.jump(HOUR)
    await room.looks(idps)
    (event,) = await room.trail("saml.idp_changed")
    assert event.facts == {"before": IDP, "after": "https://new.acme.test"}


async def test_another_source_is_another_idp(room: Room) -> None:
    """What was kept of the former one is not believed for the new one, not even while the new one fails."""
    await room.looks(room.start())
    room.write(metadata=room.publisher.url + "?other")
    room.publisher.status = 500
    idps = room.start()
    assert (await refusal(idps)).code == "idp_metadata_missing"
    row = await room.row()
    assert row is not None
    assert (row.digest, row.fetched, row.source) == (None, None, room.publisher.url + "?other")


async def test_a_file_is_read_again_when_it_changes_and_kept_when_it_breaks(room: Room) -> None:
    path = room.folder / "idp.xml"
    path.write_bytes(document())
    room.write(metadata="file:idp.xml")
    idps = room.start()
    await room.looks(idps)
    assert (await idps.party("acme")).idp.slo is None
    path.write_bytes(document(slo()))
    await room.looks(idps)
    assert (await idps.party("acme")).idp.slo == "https://idp.acme.test/slo"
    path.write_text("oops")
    await room.looks(idps)
    assert (await idps.party("acme")).idp.slo == "https://idp.acme.test/slo"
    row = await room.row()
    assert row is not None
    assert row.problem is not None
    path.unlink()
    room.watch.jump(HOUR)
    await room.looks(idps)
    assert (await idps.party("acme")).idp.entity_id == IDP


async def test_a_round_of_the_lease_holder_waits_for_no_idp(room: Room) -> None:
    room.publisher.slowly = asyncio.Event()
    idps = room.start()
    async with asyncio.timeout(60):
        await idps.refresh()
        await room.publisher.asked.wait()
        await idps.refresh()
    assert room.publisher.fetches == 1
    room.publisher.slowly.set()


async def test_too_large_an_answer_is_not_read_to_its_end(room: Room) -> None:
    room.publisher.body = b" " * (1024 * 1024 + 1)
    assert "more than" in str((await refusal(room.start())).hint)


async def test_a_redirect_is_not_followed_but_told(room: Room) -> None:
    room.publisher.status, room.publisher.headers = 302, {"Location": "https://169.254.169.254/"}
    assert "answered 302" in str((await refusal(room.start())).hint)


async def test_a_private_address_is_not_called(room: Room) -> None:
    room.write("beta", metadata="https://127.0.0.1:1/metadata")
    error = await refusal(room.start(), "beta")
    assert "not public" in str(error.hint)


async def test_the_sandboxs_idp_is_a_neighbour_as_long_as_the_sandbox_serves(room: Room) -> None:
    room.write(metadata="sandbox")
    settings = room.settings
    host, port = settings.bridge.sandbox_listen
    saml = settings.connections["acme"].sign_in.saml
    assert saml is not None
    assert saml.metadata == f"http://{host}:{port}/idp/acme/metadata"
    assert source.guard(settings.bridge).allowed == {f"{host}:{port}", room.publisher.address}
    room.write()
    real = load(room.folder, {"CLERK_SECRET_KEY": "sk_test_x", "BRIDGE_DASHBOARD_URL": "https://app.acme.test/"})
    assert source.guard(real.bridge).allowed == {room.publisher.address}


async def test_looking_by_hand_looks_now(room: Room) -> None:
    idps = room.start()
    await idps.look("acme")
    await idps.look("acme")
    assert room.publisher.fetches == 2


async def test_a_document_that_this_release_refuses_is_none(room: Room) -> None:
    idps = room.start()
    await idps.look("acme")
    await room.store.write(lambda tx: tx.run(_SPOIL, document=f'<e xmlns="{MD}"/>', digest="spoilt"))
    room.watch.jump(1)
    assert (await refusal(room.start())).code == "idp_metadata_missing"
    await idps.look("acme")
    assert (await idps.party("acme")).idp.entity_id == IDP
