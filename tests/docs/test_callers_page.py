"""docs/callers.md lists every way of authenticating, every reason for a refusal, and the numbers that hold."""

import re
from pathlib import Path
from typing import get_args

from bridge.callers import schemes, throttle
from bridge.callers.visitor import Method, Reason
from bridge.settings.connections import ScimShape

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "callers.md").read_text(encoding="utf-8")


def _first_cells(head: str) -> set[str]:
    table = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0]
    return {name for cell in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)}


def test_the_page_lists_every_reason_for_a_refusal() -> None:
    assert _first_cells("reason") == set(get_args(Reason))


def test_the_page_lists_every_way_of_authenticating() -> None:
    listed = set(get_args(get_args(ScimShape.model_fields["auth"].annotation)[0]))
    assert _first_cells("`auth`") == listed == set(get_args(Method))


def test_the_page_names_the_limit_of_failures() -> None:
    assert f"Of one address {throttle.A_MINUTE} failures a minute" in PAGE
    assert f"{throttle.MOST:,} addresses a minute" in PAGE


def test_each_way_of_authenticating_is_a_scheme_of_its_own_and_the_first_is_primary() -> None:
    auth = list(get_args(Method))
    told = schemes.authentication_schemes(auth)
    assert [one["primary"] for one in told] == [True, False, False, False]
    assert len({one["name"] for one in told}) == len(auth)
    assert {one["type"] for one in told} == {"oauthbearertoken", "oauth2"}  # canonical values of RFC 7643 §5
    assert schemes.authentication_schemes([]) == []
    assert len(schemes.authentication_schemes(["token", "token"])) == 1
