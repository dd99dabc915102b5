"""Clerk's ids and keys back into the words that people use: aliases and roles."""

from collections.abc import Iterable, Mapping

from bridge.errors import BridgeError
from bridge.people import workspaces
from bridge.people.workspaces import Workspace
from bridge.settings import ConnectionSettings, Settings
from scim.ports import Tx


def role_word(settings: Settings, key: str | None) -> str | None:
    """``org:editor`` -> ``editor``; a key that isn't ours stays as it is."""
    words = {value: word for word, value in settings.bridge.roles.items()}
    return words.get(key, key) if key is not None else None


def alias(settings: Settings, workspace: Workspace, connections: Iterable[str] = ()) -> str:
    """What files call a workspace, in these connections' files if they name it; else in any; else its reference."""
    preferred = [settings.connections[name] for name in connections if name in settings.connections]
    for connection in (*preferred, *settings.connections.values()):
        found = _alias_in(connection, workspace.reference)
        if found is not None:
            return found
    return workspace.reference


def aliases(settings: Settings, known: Mapping[int, Workspace], connections: Iterable[str] = ()) -> dict[int, str]:
    """Workspace key -> alias."""
    named = list(connections)
    return {pk: alias(settings, workspace, named) for pk, workspace in known.items()}


def named(tx: Tx, settings: Settings, instance: str, given: str) -> list[Workspace]:
    """The workspaces that an alias, an organization id or a reference means; an error that lists what is known if none."""
    every = {one.pk: (one, _called(settings, one)) for one in workspaces.all_of(tx, instance).values()}
    found = [one for one, called in every.values() if given in called]
    if not found:
        known = sorted({called[0] for _, called in every.values()})
        hint = f"Known: {', '.join(known)}." if known else "None has been used yet."
        raise BridgeError("workspace_unknown", f"There is no workspace {given}.", hint=hint)
    return found


def _called(settings: Settings, workspace: Workspace) -> list[str]:
    organization = [workspace.organization] if workspace.organization else []
    return [alias(settings, workspace), workspace.reference, *organization]


def _alias_in(connection: ConnectionSettings, reference: str) -> str | None:
    for name in connection.workspaces:
        found = workspaces.reference(connection, name)
        if found is not None and found.key == reference:
            return name
    if connection.wildcard is None:
        return None
    before, _, after = f"{connection.customer}/{connection.wildcard.create}".partition("{alias}")
    if reference.startswith(before) and reference.endswith(after) and len(reference) > len(before) + len(after):
        return reference[len(before) : len(reference) - len(after)]
    return None
