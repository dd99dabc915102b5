"""Who we are to one connection's IdP: addresses from the configuration, never from a Host header, and our keys."""

from dataclasses import dataclass

from bridge.saml.keys import read
from bridge.saml.party import Idp, Key, Party
from bridge.settings import ConnectionSettings


@dataclass(frozen=True, slots=True)
class Ours:
    """What is known of a connection before its IdP has told us anything. `entity_id`, `acs`, `slo` as `Party` has them."""

    connection: str
    entity_id: str
    acs: str
    slo: str
    keys: tuple[Key, ...] = ()

    def with_idp(self, idp: Idp, *, skew_ms: int, must_encrypt: bool) -> Party:
        """Both sides."""
        return Party(self.connection, self.entity_id, self.acs, self.slo, idp, self.keys, skew_ms, must_encrypt)


def ours(public_url: str, connection: ConnectionSettings) -> Ours:
    """Reading keys takes milliseconds each, so keep it."""
    home = f"{public_url}/saml/{connection.name}"
    saml = connection.sign_in.saml
    keys = tuple(read(one.reveal()) for one in saml.keys) if saml else ()
    return Ours(connection.name, home, f"{home}/acs", f"{home}/slo", keys)
