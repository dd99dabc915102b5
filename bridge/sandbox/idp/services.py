"""What an IdP's admin would type in: the service behind a connection, its addresses, and who may sign in there.

`inferpipe-bridge serve` tells it by POST /_sandbox/idp; it is kept in one file, so that a restart knows it still.
"""

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from bridge.sandbox.idp.flavours import FLAVOURS

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LOOPBACK = re.compile(r"localhost|::1|127(\.\d{1,3}){3}")
_TEXTS = ("provider", "entity_id", "acs", "slo", "login", "logout")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be picked. `groups`: their names; `note`: what the page says beside them."""

    email: str
    given: str = ""
    family: str = ""
    id: str = ""
    title: str = ""
    groups: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip() or self.email


@dataclass(frozen=True, slots=True)
class Service:
    """`acs`, `slo`: where its messages go; `login`, `logout`: where a browser begins. Empty: nobody told us.

    `groups`: the IdP's own id by name, where it has ids.
    """

    connection: str
    provider: str = "generic"
    entity_id: str = ""
    acs: str = ""
    slo: str = ""
    login: str = ""
    logout: str = ""
    people: tuple[Person, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()

    @property
    def group_names(self) -> list[str]:
        """Every group that it knows of, in the order in which they were told."""
        return list(dict.fromkeys([name for name, _ in self.groups] + [g for one in self.people for g in one.groups]))

    def person(self, email: str) -> Person | None:
        return next((one for one in self.people if one.email == email), None)


class Services:
    """By connection, in the order in which they were told."""

    def __init__(self, file: Path) -> None:
        """OSError where the file is none of ours."""
        self._file = file
        try:
            known = [read(one) for one in orjson.loads(file.read_bytes())] if file.exists() else []
        except (ValueError, TypeError) as error:
            raise OSError(f"{file} is no list of services: delete it, `serve` tells them again") from error
        self._known = {one.connection: one for one in known}

    def of(self, connection: str) -> Service | None:
        """What was told of it."""
        return self._known.get(connection)

    def all(self) -> list[Service]:
        return list(self._known.values())

    def tell(self, told: Any) -> Service:
        """Take a service, in the place of what was told of it before; ValueError says what is wrong."""
        service = read(told)
        self._known[service.connection] = service
        new = self._file.with_suffix(".new")
        new.write_bytes(orjson.dumps([asdict(one) for one in self._known.values()]))
        os.replace(new, self._file)
        return service


def read(told: Any) -> Service:
    """A service from its JSON; ValueError says what is wrong."""
    connection = told.get("connection") if isinstance(told, dict) else None
    if not isinstance(connection, str) or not NAME.fullmatch(connection):
        raise ValueError("a service is an object with the name of its `connection`: small letters, digits, -")
    texts = {name: told.get(name, "") for name in _TEXTS} | {"provider": told.get("provider", "generic")}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
        raise ValueError(f"{', '.join(wrong)}: text is wanted")
    if texts["provider"] not in FLAVOURS:
        raise ValueError(f"provider is one of {', '.join(FLAVOURS)}, not {texts['provider']}")
    for name in ("acs", "slo", "login", "logout"):
        if texts[name] and not is_near(texts[name]):
            raise ValueError(f"{name} must be an address of this machine (127.0.0.1, ::1 or localhost): {texts[name]}")
    return Service(
        told["connection"], **texts, people=_people(told.get("people", ())), groups=_groups(told.get("groups", ()))
    )


def is_near(url: str) -> bool:
    """Whether a browser that goes there stays on this machine."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(_LOOPBACK.fullmatch(parts.hostname or "")) and parts.username is None
        )
    except ValueError:
        return False


def _people(told: Any) -> tuple[Person, ...]:
    try:
        return tuple(Person(**one | {"groups": tuple(one.get("groups", ()))}) for one in told)
    except (TypeError, AttributeError) as error:
        names = ", ".join(Person.__dataclass_fields__)
        raise ValueError(f"people are objects with {names}; email is a must") from error


def _groups(told: Any) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((str(name), str(id)) for name, id in told)
    except (TypeError, ValueError) as error:
        raise ValueError("groups are pairs: [name, id]") from error
