"""The mapping versions in service: `Rulebook` reads them, `proposals` takes files, `watch` notices new ones."""

from bridge.rulebook.rulebook import Rulebook, Unusable, Version

__all__ = ["Rulebook", "Unusable", "Version"]
