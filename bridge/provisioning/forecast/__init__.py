"""What the reconciler will do, said beforehand: the same situations, plans, brake and last-owner rule, and no Clerk call.

`ahead` is what one person's plan holds, `world` what brake and last owners know, `foresee` puts everybody in a row.
"""

from bridge.provisioning.forecast.ahead import Ahead, Change, Wish, ahead
from bridge.provisioning.forecast.foresee import foresee
from bridge.provisioning.forecast.world import World, world

__all__ = ["Ahead", "Change", "Wish", "World", "ahead", "foresee", "world"]
