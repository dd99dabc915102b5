"""Tenants that push side by side, as bench/tenants.py drives them."""
