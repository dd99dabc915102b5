"""The instance's own domain: where its Frontend API is, and so who issues its tokens."""

from urllib.parse import urlsplit

import orjson

from bridge.sandbox.clerk import instance
from bridge.sandbox.clerk.call import Call, Route


def list_domains(call: Call) -> bytes:
    """GET /domains: one, at the sandbox's own address."""
    row = call.store.one("SELECT value FROM instance WHERE name = 'id'")
    assert row is not None, "an instance has an id from birth"
    domain = {
        "object": "domain",
        "id": f"dmn_{row[0].removeprefix('ins_')}",
        "name": urlsplit(call.origin).netloc,
        "is_satellite": False,
        "frontend_api_url": call.origin,
        "accounts_portal_url": call.origin,
        "development_origin": instance.settings(call.store).get("development_origin", ""),
    }
    return orjson.dumps({"data": [domain], "total_count": 1})


ROUTES = (Route("GET", "/domains", list_domains, reads=True),)
