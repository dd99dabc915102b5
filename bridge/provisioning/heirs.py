"""The last resort of a workspace: who becomes its owner before the last one goes, where the operator named one (R8)."""

from bridge.people import accounts, persons, workspaces
from bridge.people.persons import Person
from bridge.settings import Settings
from scim.ports import Tx


def last_resort(tx: Tx, settings: Settings, reference: str) -> Person | None:
    """The person that the operator named for the workspace of this reference, if the directory knows one."""
    for connection in settings.connections.values():
        for alias, place in connection.workspaces.items():
            found = workspaces.reference(connection, alias)
            if found is not None and found.key == reference and place.last_resort_owner:
                for account in accounts.by_email(tx, place.last_resort_owner):
                    if account.connection == connection.name and account.state == "active":
                        return persons.get(tx, account.person)
    return None
