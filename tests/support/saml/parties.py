"""The two sides that the kit's messages pass between, as the bridge knows them."""

from dataclasses import replace
from typing import Any

from bridge.saml.party import Idp, Party
from tests.support.saml.keys import Signer, signer

IDP = "https://idp.acme.test/saml/metadata"
SP = "https://bridge.test"
REQUEST = "_" + "7e" * 16
"""The id of the AuthnRequest that messages answer, unless told otherwise."""


def party(
    connection: str = "acme", *, idp: str = IDP, signers: tuple[Signer, ...] = (), keys: tuple[Signer, ...] = (), **more: Any
) -> Party:
    """A connection whose IdP signs with `signers` (default `signer()`); `keys`: ours. `more`: fields of Party."""
    known = Idp(
        entity_id=idp,
        sso="https://idp.acme.test/sso",
        certificates=tuple(one.certificate for one in signers or (signer(),)),
        slo="https://idp.acme.test/slo",
    )
    at = f"{SP}/saml/{connection}"
    made = Party(connection, at, f"{at}/acs", f"{at}/slo", known, tuple(one.key for one in keys))
    return replace(made, **more)
