"""Signing in: what stands between a person at the door and the dashboard."""
