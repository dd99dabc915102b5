"""Settings: ``load(folder, environment) -> Settings``, or every problem at once; ``read(folder)``: files, sound or not."""

from bridge.settings.load import Reading, SettingsError, load, read
from bridge.settings.references import Secret
from bridge.settings.values import Brake, Bridge, Callers, ConnectionSettings, Entra, Settings, Workspace

__all__ = [
    "Brake",
    "Bridge",
    "Callers",
    "ConnectionSettings",
    "Entra",
    "Reading",
    "Secret",
    "Settings",
    "SettingsError",
    "Workspace",
    "load",
    "read",
]
