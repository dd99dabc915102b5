"""One call of the Backend API as the nouns see it: plain values in, bytes out; no HTTP beyond this point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from multidict import MultiMapping

from bridge.sandbox.clerk import errors
from bridge.sandbox.clerk.store import Store


@dataclass(frozen=True, slots=True)
class Options:
    """How this instance is set up. `url` is its address where callers know it by another one than they call; a plan may lack
    `bans` and `custom_roles`; the caps are those of a plan, or of a development instance.
    """

    production_limits: bool = True
    membership_required: bool = False
    bare: bool = False
    url: str | None = None
    bans: bool = True
    custom_roles: bool = True
    users_cap: int | None = None
    organizations_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. `address` is where it came from; `origin` is the sandbox's own address, as the issuer
    of its tokens; `now` is in milliseconds; `items` is a body that is a list; `news` collects sentences for the page.
    """

    store: Store
    options: Options
    path: Mapping[str, str]
    query: MultiMapping[str]
    body: dict[str, Any]
    headers: Mapping[str, str]
    address: str
    version: str
    origin: str
    now: int
    items: list[Any] = field(default_factory=list)
    news: list[str] = field(default_factory=list)

    def require(self, supported: bool, feature: str) -> None:
        """402 where the plan of the instance lacks a feature."""
        if not supported:
            refused = errors.PLAN_LACKS()
            refused.errors[0]["meta"] = {"unsupported_features": [feature]}
            raise refused


@dataclass(frozen=True, slots=True)
class Route:
    """A verb of a noun. `limited` makes the key under which changes of one object are counted; a body may be `listed`."""

    method: str
    path: str
    serve: Callable[[Call], bytes]
    limited: Callable[[Mapping[str, str]], str] | None = None
    reads: bool = False
    unlimited: bool = False
    listed: bool = False
    status: int = 200
