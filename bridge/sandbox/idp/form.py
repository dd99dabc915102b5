"""What was picked on the page: a person who is known or typed in, their groups, a second factor, and what shall be wrong."""

from typing import Any

from multidict import MultiMapping

from bridge.sandbox.idp.flavours import FLAVOURS
from bridge.sandbox.idp.redirect import Asked
from bridge.sandbox.idp.response import WRONG, Picked, new_id
from bridge.sandbox.idp.services import Person, Service

_MOST_GROUPS = 5000

Given = MultiMapping[Any]


def read(service: Service, asked: Asked | None, given: Given) -> Picked:
    """ValueError says what is missing."""
    acs = (asked.acs if asked else "") or service.acs
    audience = service.entity_id or (asked.issuer if asked else "")
    if not acs or not audience:
        raise ValueError("Nobody told this IdP of a service, so a sign-in has to begin there.")
    person = _person(service, given)
    return Picked(
        person=person,
        groups=_groups(person, given),
        second_factor=bool(given.get("second_factor")),
        shape=_one_of(given, "shape", tuple(FLAVOURS), service.provider),
        acs=acs,
        audience=audience,
        wrong=_one_of(given, "wrong", WRONG, ""),
        request=asked.id if asked else "",
        contexts=asked.contexts if asked else (),
        session=new_id(),
    )


def _person(service: Service, given: Given) -> Person:
    """The one picked; `person` empty, or of nobody known: what was typed beside it."""
    email = _text(given, "person") or _text(given, "email")
    if not email:
        raise ValueError("Pick somebody, or type an address.")
    typed: dict[str, Any] = {name: _text(given, name) for name in ("given", "family", "id", "title")}
    return service.person(email) or Person(email, **typed)


def _groups(person: Person, given: Given) -> tuple[str, ...]:
    """Their own ones unless others were picked; `more_groups` adds so many that mean nothing, to see a limit."""
    picked = [str(name) for name in given.getall("group", ())] if given.get("groups") == "these" else list(person.groups)
    typed = [name.strip() for name in _text(given, "other_groups").split(",") if name.strip()]
    more = _text(given, "more_groups") or "0"
    if not more.isdigit() or int(more) > _MOST_GROUPS:
        raise ValueError(f"More groups are a number up to {_MOST_GROUPS}.")
    return tuple(dict.fromkeys([*picked, *typed, *(f"team-{number:04}" for number in range(int(more)))]))


def _one_of(given: Given, name: str, known: tuple[str, ...], default: str) -> str:
    value = _text(given, name) or default
    if value not in known:
        raise ValueError(f"{name} is one of {', '.join(filter(None, known))}.")
    return value


def _text(given: Given, name: str) -> str:
    value = given.get(name, "")
    return value.strip() if isinstance(value, str) else ""
