"""Requests that no identity provider sends, and judges of what comes back; bench/fuzz.py runs them."""
