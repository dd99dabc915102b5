"""One SCIM operation and its answer, however it came: as a request of its own, as one of a Bulk, or through /Me."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim.dialects import Healing
from scim.etags import etag
from scim.ports import Caller
from scim.projection import Projection, projection
from scim.schemas import Shape
from scim.web.service import Options


@dataclass(slots=True)
class Call:
    """`id`: of the resource, for a POST the one it will get. `data`: the body's JSON. `attributes`, `excluded`: as sent."""

    caller: Caller
    options: Options
    healing: Healing
    base: str
    id: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    data: Any = None
    attributes: str = ""
    excluded: str = ""
    if_match: str | None = None
    if_none_match: str | None = None

    def projection(self, shape: Shape) -> Projection:
        return projection(shape, self.attributes, self.excluded)


@dataclass(slots=True)
class Reply:
    """`body` None: there is none. `more`: what follows it, piece by piece, of an answer too big for one."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    more: AsyncGenerator[bytes, None] | None = None


Operation = Callable[[Call], Awaitable[Reply]]


def resource_reply(call: Call, shape: Shape, row: Mapping[str, Any], body: bytes | None, status: int = 200) -> Reply:
    """A resource with its ETag and its location (RFC 7644 §3.4.1 shows both in the answer of a read, too)."""
    location = f"{call.base}{shape.endpoint}/{row['id']}"
    return Reply(status, body, {"ETag": etag(row["version"]), "Location": location})
