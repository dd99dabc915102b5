"""`inferpipe-bridge preview`: what a mapping file would do to every person, before it does it."""

from bridge.cli.preview.command import preview

__all__ = ["preview"]
