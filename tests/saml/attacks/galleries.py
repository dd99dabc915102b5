"""All attacks."""

from tests.saml.attacks.attack import Attack, Gallery
from tests.saml.attacks.gallery import (
    addresses,
    algorithms,
    documents,
    encryption,
    hiding,
    logouts,
    misplaced,
    oracles,
    oversized,
    splits,
    stripping,
    tampering,
    tenants,
    times,
    transforms,
    wrapping,
)

GALLERIES: tuple[Gallery, ...] = (
    wrapping.wrapping,
    hiding.hiding,
    misplaced.misplaced,
    stripping.stripping,
    tampering.tampering,
    addresses.addresses,
    tenants.tenants,
    algorithms.algorithms,
    transforms.transforms,
    transforms.references,
    encryption.encryption,
    oracles.oracles,
    documents.doctypes,
    documents.encodings,
    oversized.oversized,
    splits.splits,
    splits.namespaces,
    times.times,
    times.statuses,
    logouts.logouts,
)
ATTACKS: tuple[Attack, ...] = tuple(attack for gallery in GALLERIES for attack in gallery.attacks)
