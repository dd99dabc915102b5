"""A port of this machine for a process that is told which, and begins to listen a moment later.

Below those that the system gives away by itself (32768 and up, ip(7)): what was merely asked for and let go again goes to
whoever asks next, and whoever works beside this one opens servers and connections all the time.
"""

import random
import socket

_OURS = range(20_000, 32_000)
_chance = random.SystemRandom()  # what a seed sets gives two processes the same ports


def free_port() -> int:
    """Nobody listens there."""
    while True:
        port = _chance.choice(_OURS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
