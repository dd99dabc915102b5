"""What only the directory and Clerk can tell about a mapping file: names that nobody has, groups that nobody is in."""

from bridge.answers.findings.make import findings

__all__ = ["findings"]
