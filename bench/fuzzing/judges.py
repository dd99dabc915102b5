"""What an answer must be, whatever was asked: no 5xx, an error in SCIM's own words, JSON, and nothing of anybody else."""

from collections.abc import Sequence

import orjson

from bench.fuzzing.raw import Heard
from bench.fuzzing.shot import Shot

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def problems(shot: Shot, heard: Heard, strangers: Sequence[bytes]) -> list[str]:
    """Sentences; none if all is well. `strangers`: the marks of the other connections. A 5xx needs no judge."""
    if heard.status <= 0:
        silent = "no answer came" if heard.status else "the server hung up"
        return [silent] if shot.spoken and shot.heard else []
    found = []
    if any(mark in heard.body for mark in strangers):
        found.append(f"shows another connection: {heard.body[:200]!r}")
    if shot.spoken and heard.body:
        found += _of_body(heard)
    if shot.spoken and 400 <= heard.status < 500 and not heard.body and shot.method != "HEAD":
        found.append(f"status {heard.status} without a body")
    return found


def _of_body(heard: Heard) -> list[str]:
    try:
        body = heard.json()
    except orjson.JSONDecodeError as error:
        return [f"status {heard.status}, and its body is no JSON ({error}): {heard.body[:200]!r}"]
    if heard.headers.get("content-type", "").partition(";")[0] != "application/scim+json":
        return [f"status {heard.status} as {heard.headers.get('content-type')}"]
    if not 400 <= heard.status < 500:
        return []
    proper = (
        isinstance(body, dict)
        and body.get("schemas") == [ERROR]
        and body.get("status") == str(heard.status)
        and body.get("detail")
    )
    return [] if proper else [f"status {heard.status} without SCIM's error: {heard.body[:200]!r}"]
