"""A test login shows what was received and what would come of it, and leaves nothing behind."""

import re
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text

from bridge.people import find
from bridge.provisioning import actions
from bridge.signin import links
from tests.support.at_the_door import Page, Visitor
from tests.support.house import House
from tests.support.saml.metadata import metadata_file

Houses = Callable[..., Awaitable[House]]
_ROWS = {
    table: text(f"SELECT count(*) AS n FROM {table}")
    for table in ("account", "person", "asserted", "signed_in", "granted", "ticket")
}
_MARKS = text("SELECT sum(wanted) AS n FROM person")


async def _house(houses: Houses, folder: Path, **keys: Any) -> House:
    sign_in = {"saml": {"metadata": metadata_file(folder)}, **keys.pop("sign_in", {})}
    return await houses(domains=["acme.test"], sign_in=sign_in, **keys)


async def _link(house: House) -> str:
    secret = links.new()
    await house.parts.database.write(lambda tx: links.offer(tx, "acme", secret, now=house.clock()))
    return secret


async def _tried(visitor: Visitor, look: str = "okta", **changes: Any) -> str:
    """The page that comes back, without its markup."""
    secret = await _link(visitor.house)
    page = await visitor.bring(await visitor.send("/saml/acme/test", key=secret), look, **changes)
    assert page.status == 200, page.text
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.text, flags=re.DOTALL)).split())


async def _state(house: House) -> list[int | None]:
    rows = [await house.parts.database.read(lambda tx, one=one: tx.one(one)) for one in (*_ROWS.values(), _MARKS)]  # type: ignore[misc]
    return [row["n"] if row else None for row in rows]


async def _ada(house: House, **keys: Any) -> str:
    """In the directory as the kit's Ada: by the id that its IdP sends."""
    emails = [{"value": "ada@acme.test", "primary": True}]
    return await house.user("ada", userName="ada@acme.test", externalId="00u1ada", emails=emails, **keys)


async def test_a_form_that_no_browser_sends_is_a_spent_link(houses: Houses, tmp_path: Path) -> None:
    house = await _house(houses, tmp_path)
    kind = "application/x-www-form-urlencoded"
    async with Visitor(house) as visitor:
        for body, of in ((b"key=\xff", kind), (b"key=\xed\xa0\x80", kind), (b"key=a", f"{kind}; charset=none"), (b"", kind)):
            url, headers = f"{house.url}/saml/acme/test", {"Content-Type": of}
            async with visitor.http.post(url, data=body, headers=headers) as answer:
                assert answer.status == 403
                assert "This link is spent" in await answer.text()


async def test_a_link_leads_to_the_idp_by_its_button_and_only_once(houses: Houses, tmp_path: Path) -> None:
    house = await _house(houses, tmp_path)
    secret = await _link(house)
    async with Visitor(house) as visitor:
        asked = [await visitor.get(f"/saml/acme/test?key={secret}") for _ in range(2)]
        assert [page.status for page in asked] == [200, 200]
        assert secret in asked[0].text
        gone = await visitor.send("/saml/acme/test", key=secret)
        assert (gone.status, urlsplit(gone.location).netloc) == (303, "idp.acme.test")
        assert "SAMLRequest" in parse_qs(urlsplit(gone.location).query)
        for again in (await visitor.send("/saml/acme/test", key=secret), await visitor.get(f"/saml/acme/test?key={secret}")):
            assert again.status == 403
            assert "This link is spent" in again.text
        assert (await visitor.send("/saml/acme/test", key="x" * 2000)).status == 403


async def test_it_shows_what_came_whose_account_it_is_and_what_the_rules_give(houses: Houses, tmp_path: Path) -> None:
    house = await _house(houses, tmp_path)
    await house.group("engineers", await _ada(house))
    await house.idle()
    before = await _state(house)
    async with Visitor(house) as visitor:
        shown = await _tried(visitor, attributes=(("costCenter", ("7",)), ("odd", ("x",))))
        assert not [cookie for cookie in visitor.http.cookie_jar if "clerk" in cookie.key]
    assert "Nobody was signed in and nothing was changed." in shown
    assert "The person would have been let in." in shown
    assert "Account found by id: Ada Doe, active" in shown
    assert "production editor Engineers (group engineers)" in shown
    assert "costCenter 7 costCenter" in shown
    assert "odd x -" in shown
    assert "E-mail address ada@acme.test Id 00u1ada" in shown
    house.sandbox.reset_calls()
    await house.idle()
    assert await _state(house) == before
    assert house.sandbox.calls() == {}
    assert await house.audit("sign_in.accepted") == []


async def test_somebody_whom_nobody_knows_is_told_to_be_nobody_and_stays_so(houses: Houses, tmp_path: Path) -> None:
    house = await _house(houses, tmp_path)
    before = await _state(house)
    async with Visitor(house) as visitor:
        shown = await _tried(visitor)
    assert "No account is known by this, and jit: update makes none. (sign_in_unknown)" in shown
    assert await _state(house) == before


async def test_with_jit_create_it_says_that_an_account_would_be_made_and_what_it_would_get(
    houses: Houses, tmp_path: Path
) -> None:
    house = await _house(houses, tmp_path, directory="none")
    async with Visitor(house) as visitor:
        shown = await _tried(visitor, groups=("admins", "nobody-knows"))
    assert "none yet; one would be made" in shown
    assert "production admin Admins (group admins)" in shown
    assert "Groups admins; nobody-knows (groups_from: assertion)" in shown
    assert await _state(house) == [0, 0, 0, 0, 0, 0, None]


async def test_everything_that_stands_in_the_way_is_said(houses: Houses, tmp_path: Path) -> None:
    rules = [{"name": "Owners", "when": {"group": "owners"}, "grant": {"production": "owner"}}]
    mfa = {"required_for": ["owner"], "missing": "refuse"}
    house = await _house(houses, tmp_path, rules=rules, directory="none", mode="observe", sign_in={"mfa": mfa})
    async with Visitor(house) as visitor:
        owner = await _tried(visitor, groups=("owners",))
        other = await _tried(visitor, facts={"email": "eve@evil.test", "first": "E", "last": "V", "id": "9"}, groups=("x",))
    assert "Role owner needs a second factor, and there was none. (sign_in_second_factor)" in owner
    assert "The connection only observes" in owner
    assert "none was shown; role owner needs one" in owner
    assert "The connection does not speak for the domain of eve@evil.test." in other
    assert "No rule gives this person anything." in other
    assert "The nearest rules, and what they lack: Owners:" in other


async def test_an_inactive_account_is_told_as_such(houses: Houses, tmp_path: Path) -> None:
    house = await _house(houses, tmp_path)
    await _ada(house, active=False)
    async with Visitor(house) as visitor:
        shown = await _tried(visitor)
    assert "The account is inactive in its directory. (sign_in_inactive)" in shown


async def test_of_two_addresses_that_are_told_the_directory_s_counts_here_as_it_does_there(
    houses: Houses, tmp_path: Path
) -> None:
    house = await _house(houses, tmp_path)
    await house.group("engineers", await _ada(house))
    await house.idle()
    facts = {"email": "ada@home.test", "first": "Ada", "last": "L", "id": "00u1ada"}
    async with Visitor(house) as visitor:
        assert "The person would have been let in." in await _tried(visitor, facts=facts)
        assert (await visitor.bring(await visitor.get("/saml/acme/login"), facts=facts)).ticket


async def test_a_connection_that_observes_still_lets_in_who_has_a_role_by_then(houses: Houses, tmp_path: Path) -> None:
    house = await _house(houses, tmp_path)
    await house.group("engineers", await _ada(house))
    await house.idle()
    await house.stop()
    house.connection(domains=["acme.test"], sign_in={"saml": {"metadata": metadata_file(tmp_path)}}, mode="observe")
    await house.start()
    async with Visitor(house) as visitor:
        assert "The person would have been let in." in await _tried(visitor)
        assert (await visitor.bring(await visitor.get("/saml/acme/login"))).ticket


async def test_what_was_taken_by_hand_and_whose_address_is_in_doubt_are_in_the_way_as_well(
    houses: Houses, tmp_path: Path
) -> None:
    house = await _house(houses, tmp_path)
    await house.group("engineers", await _ada(house))
    await house.idle()
    (ada,) = await house.parts.database.read(lambda tx: find.persons(tx, "ada@acme.test"))
    async with Visitor(house) as visitor:
        await actions.revoke(house.parts.database, ada.pk, now=house.clock(), actor="test")
        await house.idle()
        assert "by hand (revoke), and stays so. (sign_in_inactive)" in await _tried(visitor)
        assert (await visitor.bring(await visitor.get("/saml/acme/login"))).status == 403
        await actions.give_back(house.parts.database, ada.pk, now=house.clock(), actor="test")
        other = {
            "userName": "lovelace@acme.test",
            "externalId": "2",
            "emails": [{"value": "ada@acme.test", "primary": True}],
        }
        await house.user("lovelace", **other)
        await house.idle()
        shown = await _tried(visitor)
        assert "while this is in doubt: ada@acme.test belongs to two active accounts of acme. (no_access_yet)" in shown
        assert (await visitor.bring(await visitor.get("/saml/acme/login"))).status == 403


async def test_a_test_login_is_no_login_whatever_comes_back(houses: Houses, tmp_path: Path) -> None:
    """Bound to its browser and good once, as a login is; and a login begun by nobody's link is none."""
    house = await _house(houses, tmp_path)
    await house.group("engineers", await _ada(house))
    async with Visitor(house) as visitor, Visitor(house) as other:
        gone = await visitor.send("/saml/acme/test", key=await _link(house))
        assert (await other.bring(gone)).status == 403
        page: Page = await visitor.bring(gone)
        assert page.status == 200
        assert "__clerk_ticket" not in page.text
        assert (await visitor.bring(gone)).status == 400
    refused = [event.facts["code"] for event in await house.audit("sign_in.refused")]
    assert refused == ["sign_in_other_browser", "sign_in_answered"]
