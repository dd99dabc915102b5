"""Everything about a person that a decision needs, read in one snapshot, and the plan that follows from it.

One policy for every way in: the worker, a sign-in, ``plan``, ``preview`` and ``explain`` all read, decide and plan here.
`known` are the values, `load` reads and decides people one by one or in pages, `planned` is what is to be done for one.
"""

from bridge.provisioning.situation.known import Known, Situation
from bridge.provisioning.situation.load import Imagine, as_they_are, decided, load, load_all, read
from bridge.provisioning.situation.planned import plan, role_keys, wants

__all__ = [
    "Imagine",
    "Known",
    "Situation",
    "as_they_are",
    "decided",
    "load",
    "load_all",
    "plan",
    "read",
    "role_keys",
    "wants",
]
