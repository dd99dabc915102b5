"""The mapping versions in service: `Rulebook` reads them, `watch` finds files, `taking` puts them into service."""

from bridge.rulebook.rulebook import Rulebook, Rules, Supposed, Unusable, Version

__all__ = ["Rulebook", "Rules", "Supposed", "Unusable", "Version"]
