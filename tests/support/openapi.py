"""Clerk's published OpenAPI file as a judge of answers and of requests.

OpenAPI 3.0 is not JSON Schema: `nullable` is a keyword of its own, and what stands beside a `$ref` counts for nothing.
`Contract` translates the schemas once, keeps one validator for each operation, and looks at each shape of an answer once.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from jsonschema import Draft202012Validator

_COMPONENT = "#/components/schemas/"

Shape = Any  # hashable


class Contract:
    """What the file says about each operation, by method and path without the leading `/v1`."""

    def __init__(self, path: Path) -> None:
        self._document = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        schemas = self._document["components"]["schemas"]
        self._definitions = {name: translated(schema) for name, schema in schemas.items()}
        self._answers = cache(self._validator_of_answer)
        self._bodies = cache(self._validator_of_body)
        self._shapes = Shapes(self._document)
        self._seen: dict[tuple[str, str, int, Shape], list[str]] = {}

    def knows(self, method: str, path: str) -> bool:
        """Whether there is such an operation."""
        return method.lower() in self._document["paths"].get(path, {})

    def problems_of_answer(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer; a status the file forgot is held against the schema of errors."""
        validator = self._answers(method, path, status)
        if validator is None:
            return ["a body is answered where none is described"] if body else []
        try:
            value = orjson.loads(body)
        except ValueError as error:
            return [f"it is not JSON: {error}"]
        key = (method, path, status, self._shapes.of(value))
        if key not in self._seen:
            self._seen[key] = _problems(validator, value)
        return self._seen[key]

    def problems_of_request(self, method: str, path: str, body: bytes) -> list[str]:
        """What is wrong with the body of a request."""
        validator = self._bodies(method, path)
        if validator is None:
            return ["a body is sent where none is described"] if body.strip() not in (b"", b"{}") else []
        return _problems(validator, orjson.loads(body or b"{}"))

    def _validator_of_answer(self, method: str, path: str, status: int) -> Draft202012Validator | None:
        if status >= 400:
            return self._validator({"$ref": f"{_COMPONENT}ClerkErrors"})
        answer = self._document["paths"][path][method.lower()]["responses"][str(status)]
        if "$ref" in answer:
            answer = self._document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        return self._validator(answer["content"]["application/json"]["schema"]) if "content" in answer else None

    def _validator_of_body(self, method: str, path: str) -> Draft202012Validator | None:
        described = self._document["paths"][path][method.lower()].get("requestBody")
        return None if described is None else self._validator(described["content"]["application/json"]["schema"])

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**translated(schema), "$defs": self._definitions})


class Shapes:
    """What a schema can tell apart in a value: two answers of one shape have one verdict, and ids and times have none.

    A string counts as itself where it is a listed value or fits a pattern anywhere in the file; else only as a string. The
    schemas of answers bound no number, no length and no size, or this would have to heed it.
    """

    def __init__(self, document: Any) -> None:
        self._listed = {word for words in _values(document, "enum") for word in words if isinstance(word, str)}
        self._fits = re.compile("|".join(f"(?:{pattern})" for pattern in _values(document["components"], "pattern"))).search

    def of(self, value: Any) -> Shape:
        """The shape of a JSON value."""
        if isinstance(value, dict):
            return tuple((name, self.of(item)) for name, item in value.items())
        if isinstance(value, list):
            return frozenset(self.of(item) for item in value)
        if isinstance(value, str):
            return value if value in self._listed or self._fits(value) else str
        return value if value is None or isinstance(value, bool) else type(value)


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


def _values(document: Any, keyword: str) -> Iterator[Any]:
    """Whatever stands at this keyword, wherever it is used as one."""
    if isinstance(document, list):
        for item in document:
            yield from _values(item, keyword)
    elif isinstance(document, dict):
        for name, item in document.items():
            if name == keyword and not isinstance(item, dict):
                yield item
            else:
                yield from _values(item, keyword)


def _problems(validator: Draft202012Validator, value: Any) -> list[str]:
    return [f"{problem.json_path}: {problem.message[:300]}" for problem in validator.iter_errors(value)]
