"""Whose address a request comes from: the peer's, or what a trusted proxy says of it.

Each proxy appends the address it saw, so the header is read from its end for as long as those who speak are trusted. An IPv6
customer owns a whole /64, so that is what counts as one address.
"""

import ipaddress
from collections.abc import Callable, Sequence

from aiohttp import hdrs, web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_of(trusted: Sequence[Network]) -> Callable[[web.Request], str]:
    """A function of a request; "local" for a peer without an address (a socket in the file system)."""

    def address(request: web.Request) -> str:
        found = _parsed(request.remote or "")
        forwarded = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())).split(",")
        while found is not None and forwarded and any(found in network for network in trusted):
            before = _parsed(forwarded.pop().strip())
            if before is None:  # nothing, or what is no address: the proxy itself is all we know
                break
            found = before
        return _shown(found) if found is not None else "local"

    return address


def _parsed(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _shown(address: Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
