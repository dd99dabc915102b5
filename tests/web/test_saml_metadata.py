"""Our metadata over HTTP: for whoever sets up the IdP, before anything is known of that IdP."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from lxml import etree

from tests.saml.protocol.received import NS, valid
from tests.support.house import House
from tests.support.saml import signer
from tests.support.saml.metadata import document

Houses = Callable[..., Awaitable[House]]


@pytest.fixture
async def house(houses: Houses, tmp_path: Path) -> House:
    """Its IdP's metadata can't be had: the address is nobody's."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "ours.pem").write_text(signer("ours").pem())
    saml = {"metadata": "https://127.0.0.1:1/metadata", "keys": ["file:ours.pem"]}
    return await houses(sign_in={"saml": saml})


async def get(house: House, name: str = "acme", **headers: str) -> tuple[int, Any, bytes]:
    async with ClientSession() as http, http.get(f"{house.url}/saml/{name}/metadata", headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_it_is_there_before_the_idps_is_known(house: House) -> None:
    status, headers, body = await get(house)
    assert (status, headers["Content-Type"]) == (200, "application/samlmetadata+xml")
    assert headers["Content-Disposition"] == 'attachment; filename="acme.sp.xml"'
    valid(body, "saml-schema-metadata-2.0.xsd")
    found = etree.fromstring(body)
    public = house.parts.settings.bridge.public_url
    assert found.get("entityID") == f"{public}/saml/acme"
    assert len(found.findall(".//md:KeyDescriptor", NS)) == 2


async def test_who_has_it_already_gets_no_body(house: House) -> None:
    _, headers, _ = await get(house)
    tag = headers["ETag"]
    assert (await get(house, **{"If-None-Match": tag}))[0] == 304
    assert (await get(house, **{"If-None-Match": f'"x", W/{tag}'}))[0] == 304
    assert (await get(house, **{"If-None-Match": '"x"'}))[0] == 200


async def test_nobodys_metadata_is_not_there(house: House) -> None:
    house.connection("plain")
    for name in ("nobody", "plain", "..%2facme"):
        assert (await get(house, name))[0] == 404


async def test_the_host_that_a_request_names_says_nothing_about_us(house: House) -> None:
    assert (await get(house, Host="evil.test"))[2] == (await get(house))[2]


async def test_the_service_looks_by_itself_and_knows_what_is_wrong(house: House) -> None:
    async def told() -> bool:
        return any("not public" in warning for one in await house.parts.idps.standing() for warning in one.warnings)

    await house.until(told)


async def test_a_file_that_is_no_metadata_stops_the_start_at_its_place(houses: Houses, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "idp.xml").write_text("<html/>")
    with pytest.raises(Exception, match=r"connections/acme\.yaml:\d+:\d+: .*idp\.xml: .* it is no EntityDescriptor"):
        await houses(sign_in={"saml": {"metadata": "file:idp.xml"}})
    (tmp_path / "config" / "idp.xml").write_bytes(document(validUntil="2020-01-01T00:00:00Z"))
    await houses(sign_in={"saml": {"metadata": "file:idp.xml"}})  # over, which is told in `status`
