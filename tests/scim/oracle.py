"""scim2-models as a judge: its models of the schemas that we publish, comparing texts by our keys.

How texts compare is left to the service (its `comparison_key`); that ours folds more than its default is documented in
docs/scim-dialects.md. Everything else about filters and PATCH is its own opinion.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from scim2_models import PatchOp, Resource, ResourceType, Schema, SCIMException, ScimFilter, ScimPolicy, ScimProvider

from scim import discovery
from scim.keys import fold
from scim.schemas import Shape

Json = Mapping[str, Any]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "scim-dialects.md"


def _key(binding: Any, value: str) -> str:
    return value if binding.case_exact else fold(value)


LENIENT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    comparison_key=_key,
)
"""Its own tolerances for what IdPs send, and texts compared by our keys."""
UNTOUCHED = ScimPolicy()


class Oracle:
    """What scim2-models says about the resources of one type."""

    def __init__(self, shape: Shape) -> None:
        schemas = [Schema.model_validate(one) for one in _resources(discovery.schemas("http://bridge.example", [shape]))]
        types = _resources(discovery.resource_types("http://bridge.example", [shape]))
        provider = ScimProvider.from_discovery(schemas, [ResourceType.model_validate(one) for one in types])
        self._model: Any = provider.model_for(shape.kind)

    def read(self, resource: Json) -> Resource[Any]:
        """The model of a resource as it is answered."""
        found: Resource[Any] = self._model.model_validate(resource, scim_policy=LENIENT)
        return found

    def fits(self, filter: str, resource: Resource[Any], policy: ScimPolicy = LENIENT) -> bool:
        """Whether a filter matches."""
        with policy:
            return bool(ScimFilter[self._model](filter).match(resource))

    def patched(self, resource: Json, operations: Sequence[Json]) -> dict[str, Any] | None:
        """The resource after a PATCH; None if the message is refused."""
        model = self.read(resource)
        with LENIENT:
            try:
                PatchOp[self._model](operations=operations).patch(model)
            except (SCIMException, ValueError):
                return None
            found: dict[str, Any] = model.model_dump()
        return found


def _resources(page: bytes) -> list[Any]:
    return list(orjson.loads(page)["Resources"])


def documented(heading: str) -> list[str]:
    """The first column of the table of differences with this heading, in docs/scim-dialects.md."""
    _, _, table = PAGE.read_text(encoding="utf-8").partition(f"\n| {heading} |")
    rows = table.partition("\n\n")[0].splitlines()[2:]
    return [row.strip("|").split("|")[0].strip() for row in rows]
