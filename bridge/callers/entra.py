"""Tokens that Microsoft Entra issued: whether one is right for a connection, and whom it vouches for.

A right signature proves little: Microsoft signs for every tenant with the same keys, and `aud` is the same for every
non-gallery application. So the tenant is pinned, the token must be an application's own, and a connection may name which.
"""

from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

from bridge.callers.jwks import KeyRings
from bridge.callers.visitor import Refusal
from bridge.settings import Entra

SKEW_MS = 120_000
LARGEST = 16 * 1024
_OURS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_iss": False,
}  # judged below, by our clock


@dataclass(frozen=True, slots=True)
class Proof:
    """`subject`: the object id of the application; `expires` in epoch ms; `jti` where the token has one."""

    subject: str
    expires: int
    jti: str | None


async def judge(token: str, entra: Entra, rings: KeyRings, now: int) -> Proof | Refusal:
    """Raises KeysUnreached where only Microsoft could tell and is away."""
    kid, claimed = _read(token)
    if kid is None:
        return Refusal("malformed")
    if not _of_tenant(claimed, entra):  # before the keys: what strangers make up causes no fetch
        return Refusal("wrong_tenant")
    key = await rings.at(entra.keys_url).key(kid)
    claims = _signed(token, key, entra) if key is not None else Refusal("unknown_key")
    return claims if isinstance(claims, Refusal) else _proof(claims, entra, now)


def _signed(token: str, key: jwt.PyJWK, entra: Entra) -> dict[str, Any] | Refusal:
    """The claims, once the signature and then `aud` are right."""
    try:
        return jwt.decode(token, key, algorithms=["RS256"], audience=list(entra.audiences), options=_OURS)
    except jwt.InvalidSignatureError:
        return Refusal("bad_signature")
    except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError):
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return Refusal("wrong_audience", _about(claims))
    except jwt.PyJWTError:
        return Refusal("malformed")


def _read(token: str) -> tuple[str | None, dict[str, Any]]:
    """Key id and claims as they stand there; nobody vouches for them yet."""
    if len(token) > LARGEST:
        return None, {}
    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None, {}
    kid, claims = whole["header"].get("kid"), whole["payload"]
    right = whole["header"].get("alg") == "RS256" and isinstance(kid, str)
    return (kid, claims) if right else (None, {})


def _of_tenant(claims: dict[str, Any], entra: Entra) -> bool:
    issuers = {issuer.rstrip("/") for issuer in entra.issuers}
    return _text(claims, "iss").rstrip("/") in issuers and _text(claims, "tid").lower() == entra.tenant


def _proof(claims: dict[str, Any], entra: Entra, now: int) -> Proof | Refusal:
    about, expires = _about(claims), _moment(claims, "exp")
    begins = max(_moment(claims, "nbf") or 0, _moment(claims, "iat") or 0)
    if expires is None or not begins - SKEW_MS <= now < expires + SKEW_MS:
        return Refusal("not_now", about)
    if not _is_application(claims):
        return Refusal("delegated", about)
    objects = {_text(claims, "oid").lower(), _text(claims, "sub").lower()}
    applications = {_text(claims, "appid").lower(), _text(claims, "azp").lower()}
    if (entra.object_ids and not objects & entra.object_ids) or (entra.app_ids and not applications & entra.app_ids):
        return Refusal("not_pinned", about)
    subject = _text(claims, "oid") or _text(claims, "sub")
    return Proof(subject[:64], expires, _text(claims, "jti") or None) if subject else Refusal("malformed", about)


def _is_application(claims: dict[str, Any]) -> bool:
    """Not a person's token: those have scopes, or (ID tokens) name no client, or one that proved nothing (acr 0)."""
    proved = (claims.get("appidacr"), claims.get("azpacr"))
    named = _text(claims, "appid") or _text(claims, "azp")
    return bool(named) and "scp" not in claims and claims.get("idtyp", "app") == "app" and "0" not in proved


def _moment(claims: dict[str, Any], name: str) -> int | None:
    value = claims.get(name)
    return int(value * 1000) if isinstance(value, int | float) and 0 <= value < 2**40 else None


def _about(claims: dict[str, Any]) -> str:
    """What an operator would pin."""
    named = ((name, _text(claims, name)[:64]) for name in ("oid", "appid", "azp", "aud"))
    return ", ".join(f"{name} {value}" for name, value in named if value)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
