"""The page for an identity team: what to enter, with buttons that copy it, and nothing that a stranger must not see."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path

from tests.support.at_the_door import Visitor
from tests.support.house import House
from tests.support.saml import signer
from tests.support.saml.metadata import metadata_file

Houses = Callable[..., Awaitable[House]]


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


async def test_the_page_says_what_to_enter_and_may_run_its_own_script_alone(houses: Houses, tmp_path: Path) -> None:
    house = await houses(provider="entra", sign_in={"saml": {"metadata": metadata_file(tmp_path)}})
    async with Visitor(house) as visitor:
        page = await visitor.get("/saml/acme")
    assert page.status == 200
    text, home = unescape(page.text), house.parts.settings.bridge.public_url
    for shown in ("Identifier (Entity ID)", f"{home}/saml/acme/acs", f"{home}/scim/v2/acme", "objectId", "mailNickname"):
        assert shown in text
    assert ":".join(re.findall("..", signer().certificate.fingerprint)).upper() in text
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"script-src {_hashed(script)}" in policy
    assert not re.findall(r"\son\w+=|javascript:|style=", page.text)


async def test_the_page_holds_no_secret_and_no_rule(houses: Houses, tmp_path: Path) -> None:
    (tmp_path / "ours.pem").write_text(signer("ours").pem(), encoding="utf-8")
    saml = {"metadata": metadata_file(tmp_path), "keys": [f"file:{tmp_path / 'ours.pem'}"]}
    house = await houses(sign_in={"saml": saml})
    async with Visitor(house) as visitor:
        page = await visitor.get("/saml/acme")
    assert signer("ours").certificate.fingerprint[:2].upper() in page.text
    for hidden in ("PRIVATE KEY", house.secrets["acme"], "engineers", "Production", "acme.example", str(tmp_path)):
        assert hidden not in page.text


async def test_every_table_has_its_headings_and_every_section_its_name(houses: Houses, tmp_path: Path) -> None:
    house = await houses(sign_in={"saml": {"metadata": metadata_file(tmp_path)}, "groups_from": "both"})
    async with Visitor(house) as visitor:
        text = (await visitor.get("/saml/acme")).text
    assert text.count("<h1>") == 1
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        assert 'scope="col"' in table
        assert 'scope="row"' in table
    for name in re.findall(r'aria-labelledby="(\w+)"', text):
        assert f'id="{name}"' in text
    assert 'role="status"' in text


async def test_the_page_is_there_before_the_idp_is_known(houses: Houses) -> None:
    house = await houses(sign_in={"saml": {"metadata": "https://idp.invalid/metadata"}})
    async with Visitor(house) as visitor:
        page = await visitor.get("/saml/acme")
    assert page.status == 200
    assert "Audience URI (SP Entity ID)" in page.text


async def test_a_connection_that_is_not_there_and_one_without_sign_in_look_alike(houses: Houses) -> None:
    house = await houses()
    async with Visitor(house) as visitor:
        pages = [await visitor.get(f"/saml/{name}{path}") for name in ("acme", "nobody") for path in ("", "/test?key=x")]
        pages.append(await visitor.get("/saml/nobody/login"))
    assert {page.status for page in pages} == {404}
    assert len({re.sub(r"<code>.*?</code>", "", page.text) for page in pages}) == 1
