"""What a session shows of the device it was last used on, read off the request as far as a request tells it.

The place is what the network in front of Clerk adds to a request; here whoever calls may send the same headers.
"""

import re
from collections.abc import Mapping
from typing import Any

from bridge.sandbox.clerk.ids import new_id

# in this order: each names itself like those after it as well
_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/([\d.]+)")),
    ("Opera", re.compile(r"OPR/([\d.]+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/([\d.]+)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/([\d.]+)")),
    ("Safari", re.compile(r"Version/([\d.]+).*Safari/")),
    ("", re.compile(r"^([A-Za-z][\w.-]*)/([\d.]+)")),  # a program that is no browser: its own name
)
_DEVICES = ("iPhone", "iPad", "Android", "Macintosh", "Windows", "Linux")
_MOBILE = ("iPhone", "iPad", "Android")
_HEADERS = {"ip_address": "CF-Connecting-IP", "city": "CF-IPCity", "country": "CF-IPCountry"}


def activity(headers: Mapping[str, str], address: str, now: int) -> dict[str, Any]:
    """Clerk's `latest_activity`; `address` is where the call came from."""
    agent = headers.get("User-Agent", "")
    name, version = _browser(agent)
    device = next((device for device in _DEVICES if device in agent), "")
    place = {field: headers[header] for field, header in _HEADERS.items() if header in headers}
    return {
        "object": "session_activity",
        "id": new_id("sess_activity", now),
        "device_type": device,
        "is_mobile": device in _MOBILE,
        "browser_name": name,
        "browser_version": version,
        "ip_address": address,
        "city": "",
        "country": "",
    } | place


def _browser(agent: str) -> tuple[str, str]:
    for name, pattern in _BROWSERS:
        if found := pattern.search(agent):
            return name or found[1], found[found.re.groups]
    return "", ""
