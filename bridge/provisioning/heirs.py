"""The last resort of a workspace: who becomes its owner before the last one goes, where the operator named one (R8)."""

from bridge.people import accounts, persons, workspaces
from bridge.people.domains import speaks_for
from bridge.people.persons import Person
from bridge.settings import ConnectionSettings, Settings
from scim.ports import Tx


def last_resort(tx: Tx, settings: Settings, reference: str) -> Person | None:
    """The person that the operator named for the workspace of this reference, if the directory knows one who may be it."""
    for connection in settings.connections.values():
        if connection.mode == "observe":
            continue
        for alias, place in connection.workspaces.items():
            found = workspaces.reference(connection, alias)
            if found is not None and found.key == reference and place.last_resort_owner:
                return _known(tx, settings, connection, place.last_resort_owner)
    return None


def _known(tx: Tx, settings: Settings, connection: ConnectionSettings, email: str) -> Person | None:
    """Active, of a domain that the connection speaks for, and not sent away by hand."""
    if not speaks_for(settings.connections, connection.name, email):
        return None
    for account in accounts.by_email(tx, email):
        if account.connection == connection.name and account.state == "active":
            person = persons.get(tx, account.person)
            return person if person is not None and person.revoked is None else None
    return None
