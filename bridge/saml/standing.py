"""How things stand between each connection and its IdP: certificates and their ends, the metadata's age, what is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bridge.errors import BridgeError
from bridge.saml import expiry, instants, kept, metadata, source
from bridge.saml.kept import Kept
from bridge.saml.keys import read as read_key
from bridge.saml.metadata import Metadata
from bridge.saml.party import Certificate
from bridge.settings import ConnectionSettings, Settings
from bridge.settings.values import Saml
from scim.ports import Tx

SOON_MS = 7 * expiry.DAY_MS


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate. `left`: 60, 30, 7 or 0 days where it has come down to that; times epoch ms."""

    whose: Literal["idp", "ours"]
    fingerprint: str
    begins: int
    ends: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """`entity_id`, `sso`, `slo` are the IdP's; None: no metadata. `problem`: {code, sentence, tries} of the last look."""

    connection: str
    source: str
    entity_id: str | None
    sso: str | None
    slo: str | None
    wants_signed_requests: bool
    certificates: tuple[Shown, ...]
    fetched: int | None
    looked: int | None
    until: int | None
    problem: Mapping[str, Any] | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Stored = Mapping[str, tuple[Kept, bytes | None]]


def stored(tx: Tx) -> Stored:
    """Rows and documents by connection; what is said of them is worked out afterwards, without a transaction."""
    return {
        name: (row, kept.document(tx, name, row.digest) if row.digest else None) for name, row in kept.all_of(tx).items()
    }


def standings(found: Stored, settings: Settings, *, now: int) -> list[Standing]:
    """Every connection that people sign in to by SAML, by name. Parses each document and key: keep it off the loop."""
    allowed = source.guard(settings.bridge).allowed
    return [
        _standing(one, saml, *found.get(name, (None, None)), allowed=allowed, now=now)
        for name, one in sorted(settings.connections.items())
        if (saml := one.sign_in.saml) is not None
    ]


def _standing(
    one: ConnectionSettings, saml: Saml, row: Kept | None, document: bytes | None, *, allowed: frozenset[str], now: int
) -> Standing:
    if row is None or row.source != saml.metadata:
        row = document = None
    found, problem = _read(document, allowed, row.problem if row else None)
    idp = found.idp if found else None
    ours = [read_key(key.reveal()).certificate for key in saml.keys]
    shown = (*_shown("idp", idp.certificates if idp else (), now), *_shown("ours", ours, now))
    return Standing(
        connection=one.name,
        source=saml.metadata,
        entity_id=idp.entity_id if idp else None,
        sso=idp.sso if idp else None,
        slo=idp.slo if idp else None,
        wants_signed_requests=bool(idp and idp.wants_signed_requests),
        certificates=shown,
        fetched=row.fetched if row else None,
        looked=row.looked if row else None,
        until=idp.until if idp else None,
        problem=problem,
        warnings=(*_warnings(found, problem, shown, bool(saml.keys), now), *(found.warnings if found else ())),
    )


def _read(
    document: bytes | None, allowed: frozenset[str], problem: Mapping[str, Any] | None
) -> tuple[Metadata | None, Mapping[str, Any] | None]:
    """What an older release took may be refused by this one."""
    try:
        return metadata.read(document, allowed=allowed) if document is not None else None, problem
    except BridgeError as error:
        return None, {"code": error.code, "sentence": error.sentence, "tries": 0}


def _shown(whose: Literal["idp", "ours"], certificates: Iterable[Certificate], now: int) -> Iterator[Shown]:
    for one in certificates:
        yield Shown(whose, one.fingerprint, one.begins, one.ends, expiry.left(one, now))


def _warnings(
    found: Metadata | None, problem: Mapping[str, Any] | None, shown: tuple[Shown, ...], have_keys: bool, now: int
) -> Iterator[str]:
    """What somebody should do something about, in the order of its weight."""
    if found is None:
        yield "nobody can sign in: there is no metadata of the IdP" + (f": {problem['sentence']}" if problem else " yet")
    else:
        yield from _of_metadata(found, problem, have_keys, now)
    for one in shown:
        if one.left is not None:
            name = "a signing certificate of the IdP" if one.whose == "idp" else "a certificate of ours"
            yield f"{name} {expiry.sentence(one.left)}: {one.fingerprint[:16]}, {instants.write(one.ends)}"


def _of_metadata(found: Metadata, problem: Mapping[str, Any] | None, have_keys: bool, now: int) -> Iterator[str]:
    until = found.idp.until
    if until is not None and until <= now:
        yield f"nobody can sign in: the IdP's metadata was valid until {instants.write(until)}"
    elif until is not None and until - now <= SOON_MS:
        yield f"the IdP's metadata is valid until {instants.write(until)} only"
    if problem is not None:
        yield f"the IdP's metadata could not be renewed: {problem['sentence']}"
    if found.idp.wants_signed_requests and not have_keys:
        yield "the IdP wants signed requests, and there is no key of ours to sign them"
