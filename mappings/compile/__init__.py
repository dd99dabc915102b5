"""A parsed mapping file -> a ruleset, with every mistake that shape alone can't show: aliases, roles, captures, dates."""

from mappings.compile.ruleset import compile_ruleset

__all__ = ["compile_ruleset"]
