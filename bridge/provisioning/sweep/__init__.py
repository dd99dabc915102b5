"""What Clerk has against what we believe it has: read in pages, compared, and whoever differs is looked at by the worker.

`survey` is the one reading and comparing, for the lease holder's sweep and for ``drift``; `compare` is its judgement, pure.
"""

from bridge.provisioning.sweep import believed
from bridge.provisioning.sweep.compare import Difference, Kind
from bridge.provisioning.sweep.gone import gone
from bridge.provisioning.sweep.survey import Surveyed, survey
from bridge.provisioning.sweep.sweeper import Sweeper

__all__ = ["Difference", "Kind", "Surveyed", "Sweeper", "believed", "gone", "survey"]
