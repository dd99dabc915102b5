"""What a mapping file would do to every person, before it does it."""

from bridge.answers.preview.make import Governors, nobody_asked, preview
from bridge.answers.preview.value import Affected, Cause, Change, Place, Preview

__all__ = ["Affected", "Cause", "Change", "Governors", "Place", "Preview", "nobody_asked", "preview"]
