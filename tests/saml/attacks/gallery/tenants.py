"""What one connection's IdP says at another connection's door; their names may begin alike, their IdP may be the same."""

from typing import Any

from tests.saml.attacks.attack import Gallery, Shot
from tests.support.saml import party, say, signer

tenants = Gallery("tenants")


def of(connection: str, **more: Any) -> Any:
    """A connection with an IdP of its own."""
    return party(connection, idp=f"https://idp.{connection}.test/", signers=(signer(connection),), **more)


for one, other in (("t1", "t10"), ("t10", "t1"), ("t1", "T1"), ("acme", "acme-eu"), ("a", "aa"), ("x_y", "x-y")):
    tenants.row(
        f"what {one} says to itself, at {other}'s door",
        lambda one=one, other=other: Shot(say(to=of(one), by=signer(one)), of(other)),
        "saml_issuer",
    )
    tenants.row(
        f"what {one} says to {other}",
        lambda one=one, other=other: Shot(say(to=of(other), issuer=f"https://idp.{one}.test/", by=signer(one)), of(other)),
        "saml_issuer",
    )
    tenants.row(
        f"what {one} says to {other} in its name",
        lambda one=one, other=other: Shot(say(to=of(other), by=signer(one)), of(other)),
        "saml_signature",
    )
    for signed in ("assertion", "response", "both"):
        tenants.row(
            f"one IdP for {one} and {other}: what it says to the first at the second's door ({signed} signed)",
            lambda one=one, other=other, signed=signed: Shot(say(to=party(one), signed=signed), party(other)),
            "saml_destination",
        )
        for field in ("recipient", "audience", "destination"):
            if field != "destination" or signed != "assertion":
                tenants.row(
                    f"one IdP for {one} and {other}: {field} of the first in what it says to the second ({signed} signed)",
                    lambda one=one, other=other, field=field, signed=signed: Shot(
                        say(to=party(other), signed=signed, **{field: _theirs(one, field)}), party(other)
                    ),
                    f"saml_{field}",
                )


def _theirs(connection: str, field: str) -> str:
    return party(connection).entity_id if field == "audience" else party(connection).acs


@tenants.control
def a_connection_and_its_own_idp() -> Shot:
    return Shot(say(to=of("t1"), by=signer("t1")), of("t1"))


@tenants.control
def the_other_connection_and_its_own_idp() -> Shot:
    return Shot(say(to=of("t10"), by=signer("t10")), of("t10"))


@tenants.control
def two_connections_of_one_idp() -> Shot:
    return Shot(say(to=party("t10")), party("t10"))
