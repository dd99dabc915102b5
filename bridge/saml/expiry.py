"""Certificates that end: said 60, 30 and 7 days before, and on the day. PURE.

An expired certificate still verifies, because its key is what is trusted (SAML2int SDP-MD10). But IdPs change keys when it
comes, some stop by themselves, and ours may be refused over there.
"""

from collections.abc import Iterable, Iterator

from bridge.saml.party import Certificate

DAY_MS = 86_400_000
WARNED = (0, 7, 30, 60)
"""Days that are left."""


def left(certificate: Certificate, now: int) -> int | None:
    """The least of `WARNED` that it has come down to; None: there is time."""
    return next((days for days in WARNED if certificate.ends - days * DAY_MS <= now), None)


def crossed(
    certificates: Iterable[Certificate], known: Iterable[Certificate], *, since: int | None, now: int
) -> Iterator[tuple[Certificate, int]]:
    """Those that came down to another of `WARNED` since the last look, or were not known by then: each is told once."""
    before = {one.fingerprint for one in known}
    for certificate in certificates:
        days = left(certificate, now)
        told = left(certificate, since) if since is not None and certificate.fingerprint in before else None
        if days is not None and days != told:
            yield certificate, days


def earliest(certificates: Iterable[Certificate]) -> int | None:
    """When the first of them ends."""
    return min((one.ends for one in certificates), default=None)


def sentence(days: int) -> str:
    """What is the matter with a certificate that has so many days left."""
    return f"ends within {days} days" if days else "has expired"
