"""Filters (RFC 7644 §3.4.2.2), in three steps: a text becomes a `Query` of resolved tests, and that becomes SQL.

    text --lenient--> scim2-models' tree --query--> Query (hashable tests + values) --to_sql--> a WHERE of either engine

What a filter compares was folded when it was written (scim/search.py), so nothing is matched in Python and no row is read
that doesn't fit.
"""

from scim.filters.query import Query, parse

__all__ = ["Query", "parse"]
