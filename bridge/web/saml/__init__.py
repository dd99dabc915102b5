"""Signing in over HTTP: a browser comes, goes to its IdP, comes back with an assertion, and lands on the dashboard."""
