"""The stand-in dashboard: where a ticket is used up, and where somebody sees who they are to Clerk, and why.

It does what docs/frontend.md has a real dashboard do, on the sandbox's own Frontend API; but it asks nobody before it signs
them out for somebody else.
"""

from bridge.sandbox.dashboard.routes import add_dashboard

__all__ = ["add_dashboard"]
