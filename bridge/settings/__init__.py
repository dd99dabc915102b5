"""Settings: ``load(folder, environment) -> Settings``, or every problem at once."""

from bridge.settings.load import SettingsError, load
from bridge.settings.references import Secret
from bridge.settings.values import Brake, Bridge, Callers, ConnectionSettings, Entra, Settings, Workspace

__all__ = [
    "Brake",
    "Bridge",
    "Callers",
    "ConnectionSettings",
    "Entra",
    "Secret",
    "Settings",
    "SettingsError",
    "Workspace",
    "load",
]
