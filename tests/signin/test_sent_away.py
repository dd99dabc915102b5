"""Somebody whom the IdP proved and to whom nothing is open stands in the trail, by the id that they were shown."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from bridge.people import find
from tests.support.at_the_door import Visitor
from tests.support.house import House
from tests.support.saml.metadata import metadata_file

Houses = Callable[..., Awaitable[House]]


async def test_who_is_recognised_and_has_no_access_is_on_record_with_the_id_on_the_page(
    houses: Houses, tmp_path: Path
) -> None:
    saml = {"metadata": metadata_file(tmp_path)}
    house = await houses(domains=["acme.test"], sign_in={"saml": saml}, directory="none")
    async with Visitor(house) as visitor:
        page = await visitor.bring(await visitor.get("/saml/acme/login"), groups=("nobody-knows",))
    assert page.status == 403
    assert "No access yet" in page.text
    (accepted,) = await house.audit("sign_in.accepted")
    (refused,) = await house.audit("sign_in.refused")
    assert refused.facts == {"code": "no_access_yet", "reason": "No workspace is open to this account yet."}
    assert (refused.subject, refused.person) == ("ada@acme.test", accepted.person)
    assert refused.person == (await house.parts.database.read(lambda tx: find.persons(tx, "ada@acme.test")))[0].pk
    shown = re.search(r"<code>(\w+)</code>", page.text)
    assert shown is not None
    assert refused.request_id == shown[1]
    assert "POST /v1/users" not in house.sandbox.calls()
