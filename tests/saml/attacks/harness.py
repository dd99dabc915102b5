"""How an attack is judged: what came out, what it cost, and whether Python opened anything meanwhile."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lxml import etree

from bridge.saml.assertion import Assertion
from bridge.saml.gate import verify
from bridge.saml.logout import LogoutRequest, LogoutResponse, read_request, read_response
from bridge.saml.untrusted import Untrusted
from tests.saml.attacks.attack import Attack, Shot
from tests.support.saml import names, raw

MOST_CPU = 0.5
DOORS: dict[str, Callable[..., Any]] = {"response": verify, "logout request": read_request, "logout response": read_response}
TOUCHES = ("open", "socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "shutil.", "ctypes.dlopen", "import")


@dataclass(frozen=True)
class Outcome:
    """`told`: what the gate believed; `refusal`: why it didn't; `cpu` in seconds of this thread."""

    told: Assertion | LogoutRequest | LogoutResponse | None
    refusal: Untrusted | None
    cpu: float
    touched: tuple[str, ...]


def fire(shot: Shot) -> Outcome:
    """One message at the gate. What is neither an Assertion nor Untrusted is raised."""
    told = refusal = None
    gc.disable()  # a collection of what thousands of tests left behind is not what a message costs
    try:
        with _watched() as touched:
            began = time.thread_time()
            try:
                told = DOORS[shot.kind](shot.at, shot.message, now=shot.now)
            except Untrusted as problem:
                refusal = problem
            cpu = time.thread_time() - began
    finally:
        gc.enable()
    return Outcome(told, refusal, cpu, tuple(touched))


def complaint(attack: Attack, shot: Shot, outcome: Outcome) -> str | None:
    """What is wrong with the outcome, in a sentence."""
    if outcome.cpu > MOST_CPU:
        return f"it cost {outcome.cpu:.2f} s of CPU"
    if outcome.touched:
        return f"it touched {outcome.touched}"
    if outcome.refusal is not None:
        return _refused(attack, outcome.refusal)
    if not (attack.control or attack.harmless):
        return f"it was ACCEPTED: {outcome.told}"
    return _misread(shot.message, outcome.told) if shot.plain and isinstance(outcome.told, Assertion) else None


def _refused(attack: Attack, refusal: Untrusted) -> str | None:
    if attack.control:
        return f"the control was refused: {refusal.code} {refusal}"
    wrong = attack.codes and refusal.code not in attack.codes
    return f"it was refused for {refusal.code}, not for {sorted(attack.codes)}" if wrong else None


def _misread(message: str, told: Assertion) -> str | None:
    """Where the gate read otherwise than somebody who takes the one assertion of the document at its whole words."""
    tree = etree.fromstring(raw(message), etree.XMLParser(remove_comments=True, resolve_entities=False, huge_tree=True))
    assertion = tree.find(f"{{{names.SAML}}}Assertion")
    assert assertion is not None
    name = _text(assertion.find(f"{{{names.SAML}}}Subject/{{{names.SAML}}}NameID"))
    if told.name_id.value != name:
        return f"the name {name!r} was read as {told.name_id.value!r}"
    said: dict[str, list[str]] = {}
    for attribute in assertion.iter(f"{{{names.SAML}}}Attribute"):
        values = filter(None, map(_text, attribute.iterchildren(f"{{{names.SAML}}}AttributeValue")))
        said.setdefault(attribute.get("Name", ""), []).extend(values)
    if dict(told.attributes) != {key: tuple(values) for key, values in said.items() if values}:
        return f"the attributes {said} were read as {dict(told.attributes)}"
    return None if told.id == assertion.get("ID") else "the ID was read otherwise"


def _text(element: Any) -> str:
    """All text, XML's own blanks aside and no others."""
    return "" if element is None else "".join(element.itertext()).strip(" \t\r\n")


_watching: list[str] | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching is not None and event.startswith(TOUCHES):
        _watching.append(f"{event} {arguments!r:.200}")


sys.addaudithook(_hook)


@contextmanager
def _watched() -> Iterator[list[str]]:
    """What Python opens, connects or starts in the meantime (PEP 578)."""
    global _watching  # noqa: PLW0603 — an audit hook can't be taken back, only told when to look
    _watching = seen = []
    try:
        yield seen
    finally:
        _watching = None
