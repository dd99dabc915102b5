"""What the two sides know of each other: the IdP's metadata, certificates and clock, and our keys."""

from collections.abc import Iterator

from bridge.answers.saml.doctor.look import Look
from bridge.finding import Check, Finding, ok, problem, some, warning

_PAGE = "docs/saml.md"
_HOUR = 3_600_000
_NOBODY = "nobody can sign in"


def _metadata(look: Look) -> Iterator[Finding]:
    """What `status` warns of all the time is said here as well."""
    standing = look.standing
    for sentence in standing.warnings:
        told, whole = problem if sentence.startswith(_NOBODY) else warning, sentence.removesuffix(".")
        yield told(f"{whole[:1].upper()}{whole[1:]}.", f"The source is {standing.source}; docs/saml-metadata.md.")
    if look.idp is not None and look.idp.problem is not None and standing.problem is None:
        yield warning(f"The metadata can't be had from here just now: {look.idp.problem}", f"Look at {standing.source}.")
    if standing.entity_id is not None and standing.fetched is not None:
        yield ok(f"The IdP is {standing.entity_id}, by metadata that is {(look.at - standing.fetched) // _HOUR} h old.")


def _certificates(look: Look) -> Iterator[Finding]:
    theirs = [one for one in look.standing.certificates if one.whose == "idp"]
    if theirs and all(one.left is None for one in theirs):
        yield ok(f"The IdP signs with {some(one.fingerprint[:16] for one in theirs)}.")


def _keys(look: Look) -> Iterator[Finding]:
    """That the IdP wants signed requests and gets none is said with its metadata."""
    keys = look.here.keys
    if not keys and look.standing.slo is not None and look.saml.single_logout:
        yield warning("Without a key of ours no logout can be sent to the IdP.", "Set `keys`, or `single_logout: false`.")
    elif keys:
        yield ok(f"We have {len(keys)} of our own: {some(key.certificate.fingerprint[:16] for key in keys)}.")
    else:
        yield ok("We have no key, and need none: nothing is signed or encrypted by it.")


def _clock(look: Look) -> Iterator[Finding]:
    """An assertion is refused by its time, so both clocks must agree."""
    date = look.idp.date if look.idp is not None else None
    if date is None:
        return
    off, skew = abs(look.at - date) // 1000, look.saml.skew
    sentence = f"This machine's clock is {off} s off the IdP's."
    if off > skew:
        yield problem(f"{sentence} {skew} s are allowed.", "Set both by a time server.")
    elif off > skew // 3:
        yield warning(f"{sentence} {skew} s are allowed.", "Set both by a time server.")
    else:
        yield ok("This machine's clock agrees with the IdP's.")


def _initiated(look: Look) -> Iterator[Finding]:
    if look.saml.idp_initiated:
        hint = "Use a tile that opens the sign-on URL instead, and take `idp_initiated` out."
        yield warning("Sign-ins may begin at the IdP: nothing binds those to a browser that asked for one.", hint)
    else:
        yield ok("Every sign-in begins here, at the browser that it is for.")


CHECKS = (
    Check("metadata", f"{_PAGE}#the-idps-metadata", _metadata),
    Check("certificates", f"{_PAGE}#keys-and-certificates", _certificates),
    Check("keys", f"{_PAGE}#keys-and-certificates", _keys),
    Check("clock", f"{_PAGE}#clocks", _clock),
    Check("idp_initiated", f"{_PAGE}#sign-ins-that-begin-at-the-idp", _initiated),
)
