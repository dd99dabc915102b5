"""How things stand: what ends when, what is wrong, and what somebody should do about it, before it is too late."""

import pytest
from structlog.testing import capture_logs

from bridge import metrics
from bridge.saml import expiry
from bridge.saml.standing import Standing
from tests.saml.protocol.conftest import Room
from tests.support.saml import IDP, Signer, signer
from tests.support.saml.metadata import document, entity, key, role, sso

DAY = 86_400
DAY_MS = DAY * 1000


async def standing(room: Room) -> Standing:
    (found,) = await room.start().standing()
    return found


def end_of(one: Signer) -> int:
    return one.certificate.ends


@pytest.mark.parametrize(
    ("days", "left"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, 0)]
)
def test_the_days_that_are_left_come_down_in_steps(days: int, left: int | None) -> None:
    certificate = signer().certificate
    assert expiry.left(certificate, certificate.ends - days * DAY_MS) == left


async def test_nobody_can_sign_in_before_there_is_metadata(room: Room) -> None:
    found = await standing(room)
    assert (found.connection, found.source, found.entity_id) == ("acme", room.publisher.url, None)
    assert found.warnings == ("nobody can sign in: there is no metadata of the IdP yet",)
    room.publisher.status = 403
    await room.looks(room.start())
    found = await standing(room)
    assert found.problem is not None
    assert found.problem["code"] == "idp_metadata_unreached"
    assert found.warnings == (f"nobody can sign in: there is no metadata of the IdP: {room.publisher.url} answered 403.",)


async def test_what_was_kept_of_another_source_is_not_shown(room: Room) -> None:
    await room.looks(room.start())
    room.write(metadata=room.publisher.url + "?other")
    found = await standing(room)
    assert (found.entity_id, found.fetched) == (None, None)


async def test_all_is_well_where_nothing_is_to_be_done(room: Room) -> None:
    await room.looks(room.start())
    found = await standing(room)
    assert (found.entity_id, found.sso, found.fetched) == (IDP, "https://idp.acme.test/sso", room.watch.now)
    assert [(one.whose, one.fingerprint, one.left) for one in found.certificates] == [
        ("idp", signer().certificate.fingerprint, None)
    ]
    assert (found.problem, found.warnings) == (None, ())


async def test_what_can_not_be_renewed_is_told_while_it_still_serves(room: Room) -> None:
    idps = room.start()
    await room.looks(idps)
    room.publisher.status = 500
    room.watch.jump(3600)
    await room.looks(idps)
    assert (await standing(room)).warnings == (
        f"the IdP's metadata could not be renewed: {room.publisher.url} answered 500.",
    )


async def test_the_end_of_metadata_is_told_a_week_before_and_from_then_on(room: Room) -> None:
    room.publisher.body = document(validUntil="2026-10-01T14:13:20Z")  # in ten days
    await room.looks(room.start())
    assert (await standing(room)).warnings == ()
    room.watch.jump(3 * DAY)
    assert (await standing(room)).warnings == ("the IdP's metadata is valid until 2026-10-01T14:13:20Z only",)
    room.watch.jump(7 * DAY)
    assert (await standing(room)).warnings == (
        "nobody can sign in: the IdP's metadata was valid until 2026-10-01T14:13:20Z",
    )


async def test_an_idp_that_wants_signed_requests_needs_a_key_of_ours(room: Room) -> None:
    wants = role(key(signer()), sso(), attributes='WantAuthnRequestsSigned="1"')
    room.publisher.body = entity(wants).encode()
    await room.looks(room.start())
    text = "the IdP wants signed requests, and there is no key of ours to sign them"
    assert (await standing(room)).warnings == (text,)
    (room.folder / "ours.pem").write_text(signer("ours").pem())
    room.write(keys=["file:ours.pem"])
    assert (await standing(room)).warnings == ()


async def test_what_was_left_out_of_the_metadata_is_told(room: Room) -> None:
    room.publisher.body = entity(role(key(signer("short", "rsa-1024")), key(signer()), sso())).encode()
    await room.looks(room.start())
    assert "1024 bits" in (await standing(room)).warnings[0]


async def test_certificates_of_both_sides_are_told_before_they_end(room: Room) -> None:
    soon = signer("soon", years=7)
    (room.folder / "ours.pem").write_text(signer("ours-soon", years=7).pem())
    room.write(keys=["file:ours.pem"])
    room.publisher.body = document(by=soon)
    room.watch.now = end_of(soon) - 29 * DAY_MS
    await room.looks(room.start())
    found = await standing(room)
    assert [(one.whose, one.left) for one in found.certificates] == [("idp", 30), ("ours", 30)]
    assert found.warnings == (
        f"a signing certificate of the IdP ends within 30 days: {soon.certificate.fingerprint[:16]}, 2026-12-30T00:00:00Z",
        f"a certificate of ours ends within 30 days: {signer('ours-soon', years=7).certificate.fingerprint[:16]}, "
        "2026-12-30T00:00:00Z",
    )


async def test_each_step_is_told_once_for_each_certificate(room: Room) -> None:
    soon = signer("soon", years=7)
    (room.folder / "ours.pem").write_text(signer("ours-soon", years=7).pem())
    room.write(keys=["file:ours.pem"])
    room.publisher.body = document(by=soon)
    room.watch.now = end_of(soon) - 70 * DAY_MS
    with capture_logs() as lines:
        for _ in range(75):
            await room.looks(room.start())  # another process each day
            room.watch.jump(DAY)
    told = [(one.facts["whose"], one.facts["days"]) for one in await room.trail("saml.certificate_expiring")]
    assert told == [(whose, days) for days in (60, 30, 7, 0) for whose in ("idp", "ours")]
    logged = [(one["whose"], one["days"]) for one in lines if one["log_level"] == "warning"]
    assert logged == told


async def test_they_are_told_while_the_source_fails_too(room: Room) -> None:
    soon = signer("soon", years=7)
    room.publisher.body = document(by=soon)
    room.watch.now = end_of(soon) - 61 * DAY_MS
    idps = room.start()
    await room.looks(idps)
    room.publisher.status = 500
    room.watch.jump(2 * DAY)
    await room.looks(idps)
    (event,) = await room.trail("saml.certificate_expiring")
    assert (event.facts["days"], event.subject) == (60, soon.certificate.fingerprint)


async def test_a_new_certificate_that_ends_soon_is_told_at_once(room: Room) -> None:
    idps, soon = room.start(), signer("soon", years=7)
    room.watch.now = end_of(soon) - 5 * DAY_MS
    await room.looks(idps)
    room.publisher.body = document(by=soon)
    room.watch.jump(3600)
    await room.looks(idps)
    (event,) = await room.trail("saml.certificate_expiring")
    assert event.facts["days"] == 7


async def test_the_gauges_tell_the_first_end_and_whether_metadata_can_be_had(room: Room) -> None:
    idps = room.start()
    await room.looks(idps)
    await room.looks(idps)
    expires = metrics.registry.get_sample_value(
        "bridge_saml_certificate_expires_timestamp_seconds", {"connection": "acme", "whose": "idp"}
    )
    assert expires == end_of(signer()) // 1000
    assert metrics.registry.get_sample_value("bridge_saml_metadata_problem", {"connection": "acme"}) == 0
    room.publisher.status = 500
    room.watch.jump(3600)
    await room.looks(idps)
    await idps.refresh()
    assert metrics.registry.get_sample_value("bridge_saml_metadata_problem", {"connection": "acme"}) == 1
