"""Whose address a request comes from, behind proxies that are trusted and before those that are not."""

from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp import web
from multidict import CIMultiDict

from bridge.web.address import address_of

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def _address(peer: str | None, *forwarded: str) -> str:
    headers = CIMultiDict([("X-Forwarded-For", one) for one in forwarded])
    return address_of(TRUSTED)(Mock(web.Request, remote=peer, headers=headers))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),  # not trusted: what it says counts for nothing
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),  # the first is what the client made up
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, 10.2.3.4"], "203.0.113.9"),
        ("10.0.0.1", ["10.2.3.4"], "10.2.3.4"),
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        (None, ["203.0.113.9"], "local"),
        ("", [], "local"),
    ],
)
def test_the_address_is_the_nearest_one_that_somebody_trusted_saw(
    peer: str | None, forwarded: list[str], address: str
) -> None:
    assert _address(peer, *forwarded) == address
