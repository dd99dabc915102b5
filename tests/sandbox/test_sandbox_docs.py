"""docs/sandbox.md names all there is, and its examples work."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import click
import httpx
import pytest

from bridge.sandbox.clerk.api import ROUTES
from bridge.sandbox.clerk.call import Route
from bridge.sandbox.command import sandbox as command
from bridge.sandbox.faults import Fault
from bridge.sandbox.testing import RunningSandbox

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^    (curl .*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_an_operation_is_on_the_page(route: Route) -> None:
    assert f"`{route.method} {route.path}`" in PAGE


def test_no_operation_is_on_the_page_that_is_not_there() -> None:
    named = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", PAGE))
    assert named == {f"{route.method} {route.path}" for route in ROUTES}


def test_every_option_and_every_field_of_a_fault_is_on_the_page() -> None:
    options = [option.opts[0] for option in command.params if isinstance(option, click.Option)]
    assert [name for name in options if f"`{name}`" not in PAGE and f" {name}" not in PAGE] == []
    assert [field.name for field in fields(Fault) if field.init and f"| `{field.name}` |" not in PAGE] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_page_works(sandbox: RunningSandbox, example: str) -> None:
    words = shlex.split(example)[1:]
    url = next(word for word in words if word.startswith("http"))
    given = {name: words[words.index(name) + 1] for name in ("-X", "-d") if name in words}
    own = url.replace("http://127.0.0.1:8081", sandbox.url)
    answer = httpx.request(given.get("-X", "GET"), own, content=given.get("-d"))
    assert answer.status_code == 200, answer.text
