"""The guide of a connection as it is shown now: with what its rules in service ask for, and its IdP's certificates."""

from bridge.answers.saml.guide import Guide, guide
from bridge.errors import BridgeError
from bridge.rulebook import Rulebook, Version
from bridge.saml.idps import Idps
from bridge.saml.party import Certificate
from bridge.settings import Settings
from bridge.store.database import Database
from mappings.explain import asked


async def shown(database: Database, settings: Settings, rulebook: Rulebook, idps: Idps, name: str) -> Guide:
    """BridgeError `saml_not_configured`. It is of use before the IdP's metadata is there, and most then."""
    here, version = idps.ours(name), await rulebook.prepared(database, name)
    wanted = asked(version.ruleset) if isinstance(version, Version) else ()
    return guide(settings, here, asked=wanted, idp=await _certificates(idps, name))


async def _certificates(idps: Idps, name: str) -> tuple[Certificate, ...]:
    try:
        return (await idps.party(name)).idp.certificates
    except BridgeError:
        return ()
