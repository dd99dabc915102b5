"""``{{variables}}`` of a scenario: captured from answers, or made up afresh as the recording tools made them.

Three lives: a run's values stay the same through a scenario, a step's through one request, ``{{$…}}`` differ at each use.
"""

import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_PLACE = re.compile(r"\{\{([^{}]+)\}\}|\$\{(__UUID)\}")


class Variables:
    """What is known while one scenario is played."""

    def __init__(self, token: str, define: Mapping[str, str] | None = None, run: str | None = None) -> None:
        """`define`: a scenario's own names for texts. `run`: what tells this run's things from everybody else's."""
        self._run = _for_a_run(token) | ({"__runid": run} if run else {})
        self._step: dict[str, str] = {}
        self._captured: dict[str, str] = {}
        for name, text in (define or {}).items():
            self._run[name] = self.fill(text)

    def next_step(self) -> None:
        """Make up the values of a new request."""
        self._step = _for_a_step()

    def capture(self, name: str, value: Any) -> None:
        self._captured[name] = str(value)

    def captured(self, name: str) -> bool:
        return name in self._captured

    def unknown(self, template: Any) -> set[str]:
        """The names in a text, list or mapping that nothing stands for."""
        if isinstance(template, str):
            return {name for name in _names(template) if self._value(name) is None}
        if isinstance(template, Mapping):
            return set().union(*(self.unknown(value) for value in template.values()))
        return set().union(*(self.unknown(value) for value in template)) if isinstance(template, list | tuple) else set()

    def fill(self, template: Any, escape: Callable[[str], str] = str) -> Any:
        """The same shape with values in the places; `escape` is put around each value."""
        if isinstance(template, str):
            return _PLACE.sub(lambda place: escape(self._value(place[1] or place[2]) or place[0]), template)
        if isinstance(template, Mapping):
            return {key: self.fill(value, escape) for key, value in template.items()}
        return [self.fill(value, escape) for value in template] if isinstance(template, list | tuple) else template

    def _value(self, name: str) -> str | None:
        if name in _FOR_A_USE:
            return _FOR_A_USE[name]()
        return self._captured.get(name) or self._step.get(name) or self._run.get(name)


def _names(text: str) -> set[str]:
    return {place[1] or place[2] for place in _PLACE.finditer(text)}


def _for_a_run(token: str) -> dict[str, str]:
    """Okta's Runscope suites and the WSO2 suite make these once."""
    given, family = f"Runscope{secrets.randbelow(1000):03}", f"X{_letters(8)}{secrets.randbelow(1000):03}"
    email = f"{given}{family}@atko.com"
    return {
        "token": token,
        "auth": f"Bearer {token}",
        "SCIMAuth": f"Bearer {token}",
        "__runid": secrets.token_hex(4),
        "randomGuid": str(uuid.uuid4()),
        "randomGivenName": given,
        "randomFamilyName": family,
        "randomEmail": email,
        "randomUsername": email,
        "randomUsernameCaps": email.upper(),
        "InvalidUserEmail": "abcdefgh@atko.com",
        "UserIdThatDoesNotExist": "010101001010101011001010101011",
        "userIdThatDoesNotExist": "010101001010101011001010101011",
        "lastWatermark": _now(),
    }


def _for_a_step() -> dict[str, str]:
    """Microsoft's Postman collections make these before each request."""
    given, family = f"Given{_letters(6)}", f"Family{_letters(6)}"
    return {
        "givenName": given,
        "familyName": family,
        "displayName": f"{given} {family}",
        "userName": f"user-{secrets.token_hex(4)}",
        "currentTime": _now(),
    }


def _letters(count: int) -> str:
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(count))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _guid() -> str:
    return str(uuid.uuid4())


_FOR_A_USE: Mapping[str, Callable[[], str]] = {
    "__UUID": _guid,
    "$guid": _guid,
    "$isoTimestamp": _now,
    "$randomInt": lambda: str(secrets.randbelow(1000)),
    "$randomLastName": lambda: _letters(7).title(),
    "$randomCountryCode": lambda: secrets.choice(("DE", "KE", "JP", "BR", "CA")),
    "$randomJobTitle": lambda: secrets.choice(("Senior Data Analyst", "Lead Research Engineer", "Support Manager")),
    "$randomJobArea": lambda: secrets.choice(("Research", "Support", "Platform")),
    "$randomPhoneNumber": lambda: f"{secrets.randbelow(900) + 100}-555-{secrets.randbelow(10000):04}",
}
