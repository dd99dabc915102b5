"""What a look at an IdP's metadata has changed, as audit events: whose word counts is worth a trail."""

from collections.abc import Iterator

from bridge.audit.events import Event
from bridge.saml.expiry import crossed
from bridge.saml.party import Certificate, Idp, Key

EXPIRING = "saml.certificate_expiring"
SAID = {
    "saml.certificate_added": "an IdP has a new signing certificate",
    "saml.certificate_removed": "a signing certificate of an IdP is gone",
    EXPIRING: "a certificate ends soon, or has",
    "saml.idp_changed": "an IdP calls itself otherwise",
}
"""The log's sentence for each."""


def events(
    connection: str, before: Idp | None, after: Idp | None, keys: tuple[Key, ...], *, since: int | None, now: int
) -> Iterator[Event]:
    """`before` and `after` the look; `since`: when it was looked before. Our own `keys` end as well."""
    known, found = _certificates(before), _certificates(after)
    gone = {one.fingerprint for one in known} - {one.fingerprint for one in found}
    new = {one.fingerprint for one in found} - {one.fingerprint for one in known}
    if before and after and before.entity_id != after.entity_id:
        facts = {"before": before.entity_id, "after": after.entity_id}
        yield Event(connection, now, "system", "saml.idp_changed", subject=after.entity_id, facts=facts)
    for action, fingerprints, certificates in (
        ("saml.certificate_added", new, found),
        ("saml.certificate_removed", gone, known),
    ):
        for one in certificates:
            if one.fingerprint in fingerprints:
                yield _event(connection, now, action, one, whose="idp")
    for one, days in crossed(found, known, since=since, now=now):
        yield _event(connection, now, EXPIRING, one, whose="idp", days=days)
    ours = tuple(key.certificate for key in keys)
    for one, days in crossed(ours, ours if since is not None else (), since=since, now=now):
        yield _event(connection, now, EXPIRING, one, whose="ours", days=days)


def _certificates(idp: Idp | None) -> tuple[Certificate, ...]:
    return idp.certificates if idp else ()


def _event(connection: str, now: int, action: str, one: Certificate, **facts: object) -> Event:
    return Event(connection, now, "system", action, subject=one.fingerprint, facts={"ends": one.ends, **facts})
