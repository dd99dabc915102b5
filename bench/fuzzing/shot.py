"""One request as bytes: what is sent, and what may be asked of its answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """`kind` names it for people. `spoken`: it is HTTP, so its answer must be SCIM. `heard`: it is sent to its end."""

    kind: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    spoken: bool = True
    heard: bool = True
    chunked: bool = False
