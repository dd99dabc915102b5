"""What people write where a day, a number or a reason is meant, and what to write instead (after `` | ``).

YAML 1.1 reads 012 as ten, 12:30 as 750 and 1e3 as text; here a number is what it looks like, or an error that says so.
"""

import calendar
import re
from datetime import date
from typing import Any

from mappings.located import shown

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")  # 6/7/2027 is one day in Boston and another in Berlin
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_DIGITS = 15  # so many survive as a number
_ON, _OFF = {"true", "yes", "on", "y", "1"}, {"false", "no", "off", "n", "none", "0"}


def day(value: Any) -> Any:
    """A day as YYYY-MM-DD and in no other way: pydantic would take a number for seconds since 1970."""
    if value is None or isinstance(value, date):
        return value
    text = shown(value)
    if isinstance(value, str) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"there is no day {text} | {_nearest(text)}") from error
    raise ValueError(f"a date is expected here, not {text} | {_day_meant(text)}")


def number(value: Any) -> Any:
    """Plain digits, with a point if need be."""
    text = shown(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text) or len(text) > _DIGITS:
        raise ValueError(f"a number is expected here, not {text} | {_number_meant(text)}")
    return float(text)


def reason(value: Any) -> Any:
    """`disabled` holds a sentence. ``disabled: no`` would switch a rule off for the reason "no"."""
    word = shown(value).lower()
    if word in _ON:
        raise ValueError(f"{shown(value)} is no reason | write why, such as `disabled: nobody until the summer`")
    if word in _OFF:
        hint = "any text here switches the rule off, this word too: to leave it on, take the key `disabled` out"
        raise ValueError(f"{shown(value)} is no reason | {hint}")
    return value


def _nearest(text: str) -> str:
    year, month, _ = (int(part) for part in text.split("-"))
    if not 1 <= month <= 12 or year == 0:
        return "dates are YYYY-MM-DD: the month stands in the middle, 01 to 12"
    return f"the last day of that month is {year:04}-{month:02}-{calendar.monthrange(year, month)[1]}"


def _day_meant(text: str) -> str:
    for pattern, order in ((_YEAR_FIRST, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1))):
        if match := pattern.fullmatch(text):
            try:
                return f"write {date(*(int(match.group(part)) for part in order))}: dates are YYYY-MM-DD, without a time"
            except ValueError:
                continue
    return "dates are YYYY-MM-DD, such as 2027-03-01"


def _number_meant(text: str) -> str:
    if len(text) > _DIGITS:
        return f"numbers have {_DIGITS} signs at most here"
    bare = text.replace("_", "").replace(",", "").lstrip("+")
    if re.fullmatch(r"-?0+[0-9]+(\.[0-9]+)?", bare):
        return f"write {float(bare):.15g}, without zeros in front"
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[0-9]{1,2})?", bare, re.IGNORECASE):
        return f"write {float(bare):.15f}".rstrip("0").rstrip(".") + ", in plain digits"
    return "write plain digits, such as 7 or 7.5"
