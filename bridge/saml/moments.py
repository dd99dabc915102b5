"""Times as we write them, in UTC (SAML core §1.3.3), and xs:duration as metadata has it."""

import re
from datetime import UTC, datetime

_DAYS = r"(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?"
_HOURS = r"(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.\d{1,9})?S)?"
_DURATION = re.compile(rf"P{_DAYS}(?:T{_HOURS})?", re.ASCII)
_SECONDS = (365 * 86400, 30 * 86400, 86400, 3600, 60, 1)


def moment(at: int) -> str:
    """Epoch ms in the form that every implementation reads: whole seconds and a Z."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(text: str) -> int:
    """Milliseconds; a year counts 365 days and a month 30. ValueError where it is none, or goes backwards."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError("this is no duration")
    return sum(int(part or 0) * seconds for part, seconds in zip(found.groups(), _SECONDS, strict=True)) * 1000
