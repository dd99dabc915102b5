"""SAML's times: xs:dateTime in UTC (SAML core §1.3.3) and xs:duration, in milliseconds. What is neither: ValueError."""

import re
from datetime import UTC, datetime

_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,12}))?(?:Z|\+00:00)")
_DURATION = re.compile(
    r"P(?:([0-9]{1,4})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})(?:\.[0-9]{1,12})?S)?)?"
)
_SECONDS = (365 * 86_400, 30 * 86_400, 86_400, 3_600, 60, 1)


def read(written: str) -> int:
    """Epoch milliseconds."""
    found = _INSTANT.fullmatch(written)
    if not found:
        raise ValueError(f"{written[:60]!r} is no time in UTC")
    whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    return int(whole.timestamp()) * 1000 + int((found[2] or "0").ljust(3, "0")[:3])


def write(at: int) -> str:
    """Of epoch milliseconds, without the fraction where there is none."""
    kind = "milliseconds" if at % 1000 else "seconds"
    whole = datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)
    return whole.isoformat(timespec=kind).replace("+00:00", "Z")


def duration(written: str) -> int:
    """Milliseconds; a year counts as 365 days and a month as 30, as for a cache they may."""
    found = _DURATION.fullmatch(written)
    if not found or not any(found.groups()):
        raise ValueError(f"{written[:60]!r} is no duration")
    return sum(int(count or 0) * seconds for count, seconds in zip(found.groups(), _SECONDS, strict=True)) * 1000
