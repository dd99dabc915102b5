"""The key pair of the instance, by which its tokens are signed (RS256) and its key set lets anybody verify them.

It is made when it is first needed, kept in the store, and new after a reset.
"""

from functools import lru_cache
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.store import Store

ALGORITHM = "RS256"

_KEPT = "SELECT value FROM instance WHERE name = 'signing_key'"
_KEEP = "INSERT INTO instance (name, value) VALUES ('signing_key', ?)"
_ID = "SELECT value FROM instance WHERE name = 'id'"


def get_jwks(call: Call) -> bytes:
    """GET /jwks"""
    return orjson.dumps(key_set(call.store))


def key_set(store: Store) -> dict[str, Any]:
    """The public half, as RFC 7517 writes it."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_private(_pem(store)).public_key(), as_dict=True)
    described = {"use": "sig", "kty": public["kty"], "kid": _kid(store), "alg": ALGORITHM}
    return {"keys": [described | {"n": public["n"], "e": public["e"]}]}


def signed(store: Store, claims: dict[str, Any]) -> str:
    """A JWT of this instance."""
    return jwt.encode(claims, _private(_pem(store)), algorithm=ALGORITHM, headers={"kid": _kid(store)})


def _kid(store: Store) -> str:
    """Clerk's key ids are the ids of instances."""
    row = store.one(_ID)
    assert row is not None, "an instance has an id from birth"
    return str(row[0])


def _pem(store: Store) -> str:
    row = store.one(_KEPT)
    if row is not None:
        return str(row[0])
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store.run(_KEEP, made.decode())
    return made.decode()


@lru_cache(maxsize=8)
def _private(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey), "the instance's key is an RSA key"
    return key


ROUTES = (Route("GET", "/jwks", get_jwks, reads=True, unlimited=True),)
