"""A refusal, and an entry of the catalogue that makes one.

`raise USER_NOT_FOUND(userID=…)` fills a sentence; `param=` names the parameter in the error's `meta`.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Refused(Exception):
    """A request Clerk refuses: the status, and the objects of the body's `errors`."""

    status: int
    errors: list[dict[str, Any]]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue; calling it makes the refusal."""

    name: str
    status: int
    code: str
    short: str
    long: str

    def item(self, param: str | None = None, **values: object) -> dict[str, Any]:
        """The error object, with the sentence's placeholders filled."""
        if param is not None:
            values = {"param": param} | values
        item: dict[str, Any] = {
            "message": _filled(self.short, values),
            "long_message": _filled(self.long, values),
            "code": self.code,
        }
        if param is not None:
            item["meta"] = {"param_name": param}
        return item

    def __call__(self, param: str | None = None, **values: object) -> Refused:
        return Refused(self.status, [self.item(param, **values)])


def _filled(sentence: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        sentence = sentence.replace(f"<{name}>", str(value))
    return sentence
