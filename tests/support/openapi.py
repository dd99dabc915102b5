"""Clerk's published OpenAPI file as a judge of answers and of requests.

OpenAPI 3.0 is not JSON Schema: `nullable` is a keyword of its own, and what stands beside a `$ref` counts for nothing.
`Contract` translates the schemas once and keeps one validator for each operation.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

_COMPONENT = "#/components/schemas/"


class Contract:
    """What the file says about each operation, by method and path without the leading `/v1`."""

    def __init__(self, path: Path) -> None:
        self._document = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        schemas = self._document["components"]["schemas"]
        self._definitions = {name: translated(schema) for name, schema in schemas.items()}
        self._answers = cache(self._validator_of_answer)
        self._bodies = cache(self._validator_of_body)

    def knows(self, method: str, path: str) -> bool:
        """Whether there is such an operation."""
        return method.lower() in self._document["paths"].get(path, {})

    def problems_of_answer(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer; a status the file forgot is held against the schema of errors."""
        return _problems(self._answers(method, path, status), body)

    def problems_of_request(self, method: str, path: str, body: bytes) -> list[str]:
        """What is wrong with the body of a request."""
        validator = self._bodies(method, path)
        if validator is None:
            return ["a body is sent where none is described"] if body.strip() not in (b"", b"{}") else []
        return _problems(validator, body or b"{}")

    def _validator_of_answer(self, method: str, path: str, status: int) -> Draft202012Validator:
        if status >= 400:
            return self._validator({"$ref": f"{_COMPONENT}ClerkErrors"})
        answer = self._document["paths"][path][method.lower()]["responses"][str(status)]
        if "$ref" in answer:
            answer = self._document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        return self._validator(answer["content"]["application/json"]["schema"])

    def _validator_of_body(self, method: str, path: str) -> Draft202012Validator | None:
        described = self._document["paths"][path][method.lower()].get("requestBody")
        return None if described is None else self._validator(described["content"]["application/json"]["schema"])

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**translated(schema), "$defs": self._definitions})


def translated(schema: Any) -> Any:
    """The same in JSON Schema."""
    if isinstance(schema, list):
        return [translated(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"].replace(_COMPONENT, "#/$defs/")}
    result = {key: translated(value) for key, value in schema.items() if key not in ("nullable", "discriminator", "example")}
    return {"anyOf": [{"type": "null"}, result]} if schema.get("nullable") is True else result


def _problems(validator: Draft202012Validator, body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError as error:
        return [f"it is not JSON: {error}"]
    return [f"{problem.json_path}: {problem.message[:300]}" for problem in validator.iter_errors(value)]
