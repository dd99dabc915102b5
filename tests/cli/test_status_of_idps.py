"""`status` says what somebody should do about an IdP, before people at its door do."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.support.command_line import json, run
from tests.support.house import House
from tests.support.saml import IDP, signer
from tests.support.saml.metadata import document

Houses = Callable[..., Awaitable[House]]


async def _known(house: House) -> Any:
    async def fetched() -> bool:
        return all(one.fetched or one.problem for one in await house.parts.idps.standing())

    await house.until(fetched)
    (found,) = (await json(house, "status"))["connections"]
    return found["saml"]


async def test_a_certificate_that_is_over_is_told(houses: Houses, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "idp.xml").write_bytes(document(by=signer("old", years=-5)))
    house = await houses(sign_in={"saml": {"metadata": "file:idp.xml"}})
    found = await _known(house)
    assert (found["entity_id"], found["problem"]) == (IDP, None)
    assert [one["left"] for one in found["certificates"]] == [0]
    assert "acme: a signing certificate of the IdP has expired: " in await run(house, "status")


async def test_a_connection_without_saml_says_nothing_of_it(houses: Houses) -> None:
    house = await houses()
    (found,) = (await json(house, "status"))["connections"]
    assert found["saml"] is None
    assert "sign in" not in await run(house, "status")
