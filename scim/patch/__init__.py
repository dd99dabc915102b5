"""PATCH (RFC 7644 §3.5.2): a message becomes operations, and these change a resource.

message (what is asked) -> write (where it goes) -> values (an attribute, a part) | elements (chosen by a filter)
"""

from scim.patch.message import Operation, operations, targets
from scim.patch.write import apply, at

__all__ = ["Operation", "apply", "at", "operations", "targets"]
