"""Where an IdP's metadata comes from: an https URL that leads to the internet, or a file of the operator's."""

import asyncio
from pathlib import Path

from bridge.outbound import Guard, fetch
from bridge.saml.metadata import LARGEST, Unusable
from bridge.settings import Bridge

WITHIN = 8.0  # seconds for a whole answer
Stamp = tuple[int, int, int]


def guard(bridge: Bridge) -> Guard:
    """Where metadata may come from: the sandbox's stand-in IdP is a neighbour, as long as the sandbox serves."""
    host, port = bridge.sandbox_listen
    near = {f"[{host}]:{port}" if ":" in host else f"{host}:{port}"} if bridge.clerk.sandbox else set()
    return Guard(bridge.outbound_allow | near)


def is_file(source: str) -> bool:
    return not source.startswith(("https:", "http:"))


def stamp(source: str) -> Stamp | None:
    """Changes when a file does, also where a link leads to another one; None: it can't be looked at."""
    try:
        found = Path(source).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def get(source: str, guard: Guard) -> bytes:
    """The document as it is; a BridgeError says why there is none. Redirects are not followed: the guard saw one address."""
    if is_file(source):
        return await asyncio.to_thread(_read, Path(source))
    reply = await fetch(source, guard, largest=LARGEST, within=WITHIN)
    if reply.status != 200:
        hint = f"It leads to {reply.headers['location'][:200]}." if "location" in reply.headers else None
        raise Unusable("idp_metadata_unreached", f"{source} answered {reply.status}.", hint=hint)
    return reply.body


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        why = error.strerror or "unknown"
        raise Unusable("idp_metadata_unreached", f"The file {path} can't be read: {why}.") from error
