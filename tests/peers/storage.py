"""The service as a storage of scim2-server: each of its calls is one request, so its contract judges what an IdP is given.

Models and capabilities are those that the service publishes about itself, as any client would discover them.
"""

from typing import Any, cast

import httpx
from scim2_models import (
    Context,
    Error,
    Resource,
    ResourceType,
    ResponseParameters,
    Schema,
    SCIMException,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
)
from scim2_server.storage import ScimStorage, SearchPage


def discovered(client: httpx.Client) -> ScimProvider:
    """What the service publishes."""
    config = ServiceProviderConfig.model_validate(_json(client.get("/ServiceProviderConfig")))
    types = [ResourceType.model_validate(one) for one in _json(client.get("/ResourceTypes"))["Resources"]]
    schemas = [Schema.model_validate(one) for one in _json(client.get("/Schemas"))["Resources"]]
    return ScimProvider.from_discovery(schemas, types, config)


class HttpStorage(ScimStorage):
    """Resources of one connection, over HTTP."""

    supports_cursors = True

    def __init__(self, client: httpx.Client, provider: ScimProvider) -> None:
        self._client = client
        self._models = {one.name: provider.model_for(one) for one in provider.resource_types}

    def empty(self) -> None:
        """Delete everything, groups first."""
        for path in ("/Groups", "/Users"):
            for one in _json(self._client.get(path, params={"count": 1000}))["Resources"]:
                _answered(self._client.delete(f"{path}/{one['id']}"))

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        asked = response_parameters.model_dump(by_alias=True, exclude_none=True) if response_parameters else {}
        params = {name: ",".join(map(str, paths)) for name, paths in asked.items()}
        return self._resource(_json(self._client.get(_path(resource_type, resource_id), params=params)), resource_type)

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """One type by GET; several by POST, at the root."""
        asked = search_request.model_dump(scim_ctx=Context.SEARCH_REQUEST)
        if position is not None:
            asked["cursor"] = position
        if len(resource_types) == 1:
            params = {name: str(value) for name, value in asked.items() if name != "schemas"}
            found = _json(self._client.get(str(resource_types[0].endpoint), params=params))
        else:
            found = _json(self._client.post("/.search", json=asked))
        kinds = {kind.name: kind for kind in resource_types}
        resources = [self._resource(one, kinds[one["meta"]["resourceType"]]) for one in found.get("Resources", ())]
        return SearchPage(found.get("totalResults"), resources, found.get("nextCursor"), found.get("previousCursor"))

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        body = resource.model_dump(scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        return self._resource(_json(self._client.post(str(resource_type.endpoint), json=body)), resource_type)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        body = resource.model_dump(scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        answer = self._client.put(_path(resource_type, str(resource.id)), json=body, headers=_if(expected_version))
        return self._resource(_json(answer), resource_type)

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        _answered(self._client.delete(_path(resource_type, resource_id), headers=_if(expected_version)))

    def _resource(self, body: dict[str, Any], kind: ResourceType) -> Resource[Any]:
        """A storage leaves the address to its server; ours has one."""
        resource = cast(Resource[Any], self._models[kind.name].model_validate(body))
        if resource.meta is not None:
            resource.meta.location = None
        return resource


def _path(kind: ResourceType, id: str) -> str:
    return f"{kind.endpoint}/{id}"


def _if(version: str | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": version}


def _json(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = _answered(answer).json()
    return body


def _answered(answer: httpx.Response) -> httpx.Response:
    """The answer; what the service refuses is raised as the exception that scim2-models has for it."""
    if answer.is_error:
        raise SCIMException.from_error(Error.model_validate(answer.json()))
    return answer
