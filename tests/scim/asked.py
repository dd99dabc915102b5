"""Filters and whom they find, as tables of text."""

import re
from collections.abc import Mapping

from tests.scim.conftest import BADGE, ENTERPRISE, USER, Host

_URNS = {"badge": BADGE, "BADGE": BADGE.upper(), "enterprise": ENTERPRISE, "ENTERPRISE": ENTERPRISE.upper(), "user": USER}
_URN = re.compile(r"(?<![\w:\"])(badge|enterprise|user)(?=[:.])", re.IGNORECASE)


def table(text: str, **ids: str) -> dict[str, str]:
    """Lines of ``filter -> names``; ``{name}`` in a filter stands for what is given."""
    pairs = [line.rpartition("->")[::2] for line in text.format(**ids).splitlines() if line.strip()]
    return {
        _URN.sub(lambda urn: _URNS.get(urn.group(), urn.group()), filter.strip()): names.strip() for filter, names in pairs
    }


async def found(
    host: Host, path: str, names: Mapping[str, str], asked: Mapping[str, str], connection: str = "acme"
) -> dict[str, str]:
    """The same table, as it is answered."""
    return {
        filter: " ".join([names[id] for id in await host.found(path, filter, connection=connection)]) for filter in asked
    }
