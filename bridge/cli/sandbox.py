"""`inferpipe-bridge sandbox`: the stand-in for Clerk, as a process of its own. The command lives with the sandbox."""

from bridge.sandbox.command import sandbox

__all__ = ["sandbox"]
