"""The stand-in dashboard: where a ticket is used up, and where somebody sees who they are to Clerk, and why.

It does what the frontend snippet of docs/saml.md does in a real dashboard, on the sandbox's own Frontend API.
"""

from bridge.sandbox.dashboard.routes import add_dashboard

__all__ = ["add_dashboard"]
