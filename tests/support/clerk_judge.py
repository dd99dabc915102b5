"""Holds exchanges with the sandbox against Clerk's own OpenAPI file and error catalogue."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import orjson
import pytest

from bridge.sandbox.watch import Exchange
from tests.support.openapi import Contract
from tests.support.shared import shared

VERSION = "2026-05-12"  # of the file; older versions take other parameters

# the catalogue has no row for it
_BEYOND_CATALOGUE = {("too_many_requests", "429")}

# the file describes them as a bare array alone, though they have the parameter `paginated`
_BARE_LISTS = ("/v1/sessions", "/v1/jwt_templates", "/v1/allowlist_identifiers")

Catalogue = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Judge:
    """`known`: every (code, status) of the catalogue."""

    contract: Contract
    known: frozenset[tuple[str, str]]

    def problems(self, item: Exchange) -> list[str]:
        """What Clerk would not have answered, and what it would not have taken."""
        return [f"{item.method} {item.path} {item.status}: {why}" for why in self._judged(item)]

    def _judged(self, item: Exchange) -> Iterator[str]:
        if item.status in (0, 502):  # a cut connection, and the network in front of Clerk
            return
        if item.answer and item.headers.get("Content-Type") != "application/json":
            yield f"the content type is {item.headers.get('Content-Type')}"
        path = item.path.removeprefix("/v1")
        if item.status >= 400:
            shape = self.contract.problems_of_answer(item.method, path, item.status, item.answer)
            yield from shape or self._unknown_codes(item)
        elif self.contract.knows(item.method, path):
            yield from self._granted(item, path)
        else:
            yield "there is no such operation"

    def _granted(self, item: Exchange, path: str) -> Iterator[str]:
        yield from self.contract.problems_of_answer(item.method, path, item.status, _described(item))
        if item.headers["clerk-api-version"] == VERSION:
            yield from self.contract.problems_of_request(item.method, path, item.sent)

    def _unknown_codes(self, item: Exchange) -> Iterator[str]:
        for error in orjson.loads(item.answer)["errors"]:
            if (error["code"], str(item.status)) not in self.known:
                yield f"no error {error['code']} has status {item.status}"


@cache
def judge() -> Judge | None:
    """None where Clerk's files are absent: the sandbox itself is tested in any case."""
    try:
        rows = catalogue().values()
        return Judge(contract(), frozenset((row["code"], row["status"]) for row in rows) | _BEYOND_CATALOGUE)
    except pytest.skip.Exception:
        return None


@cache
def contract() -> Contract:
    """Clerk's OpenAPI file; the test is skipped where it is absent."""
    return Contract(shared(f"clerk/bapi-{VERSION}.yml"))


@cache
def catalogue() -> Catalogue:
    """Clerk's error catalogue by name; the test is skipped where it is absent."""
    with shared("clerk/errors.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["name"]: row for row in rows}


def _described(item: Exchange) -> bytes:
    if item.method != "GET" or item.path not in _BARE_LISTS or item.answer.startswith(b"["):
        return item.answer
    page = orjson.loads(item.answer)
    return orjson.dumps(page["data"]) if set(page) == {"data", "total_count"} else item.answer
