"""Which connection is somebody's? By the domain of their address; where two speak for it, by which of them knows the person.

Who is told what: an unknown domain and a domain without sign-in look alike from outside.
"""

from bridge.people import accounts
from bridge.people.domains import domain_of
from bridge.settings import ConnectionSettings, Settings
from bridge.store.database import Database
from scim.keys import fold
from scim.person import as_address


async def connections(database: Database, settings: Settings, email: str) -> list[ConnectionSettings]:
    """Those by which this address may sign in, in the order of their names: one, several to choose from, or none."""
    address = as_address(email.strip())
    speaking = _speaking(settings, domain_of(address)) if address else []
    if address is None or len(speaking) < 2:
        return speaking
    key, names = fold(address), [one.name for one in speaking]
    known = await database.read(lambda tx: accounts.active_at(tx, [key]))
    knowing = [one for one in speaking if (one.name, key) in known and one.name in names]
    return knowing if len(knowing) == 1 else speaking


def _speaking(settings: Settings, domain: str) -> list[ConnectionSettings]:
    return [
        one
        for _, one in sorted(settings.connections.items())
        if one.sign_in.saml is not None and domain in {*one.domains, *one.borrowed}
    ]
