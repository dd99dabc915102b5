"""The mapping versions in service: `Rulebook` reads them, `proposals` takes files, `watch` notices new ones."""

from bridge.rulebook.rulebook import Rulebook, Rules, Supposed, Unusable, Version

__all__ = ["Rulebook", "Rules", "Supposed", "Unusable", "Version"]
