"""Every attack once more, over HTTP at the running service: 4xx, no ticket, and one page that tells nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable

from sqlalchemy import text

from bridge.store.database import Database
from scim.ports import Tx
from tests.saml.attacks.attack import Shot
from tests.saml.attacks.doors import Visitor, opened
from tests.saml.attacks.galleries import ATTACKS, GALLERIES
from tests.support.house import House
from tests.support.saml import party, say, signer

Houses = Callable[..., Awaitable[House]]
HERE = (party(), party(keys=(signer("sp"),)))
SPREAD = 7  # every seventh attack: the gate has seen them all, this is about the way to it and back


def fitting() -> list[tuple[str, Shot]]:
    """Those that are made for this house, which has a key."""
    attacks = [attack for attack in ATTACKS[::SPREAD] if not (attack.control or attack.harmless)]
    made = [(attack, attack.shot()) for attack in attacks if "without keys" not in attack.sentence]
    return [(attack.id, shot) for attack, shot in made if shot.at in HERE and shot.kind == "response"]


async def test_no_attack_is_let_in_or_breaks_anything_and_the_honest_message_is(houses: Houses) -> None:
    house = await opened(await houses())
    statuses: Counter[int] = Counter()
    async with Visitor(house) as visitor:
        await visitor.begins()
        for name, shot in fitting():
            answer = await visitor.posts(shot.message)
            statuses[answer.status] += 1
            assert 400 <= answer.status < 500, (name, answer.status)
            assert not answer.let_in, name
            assert answer.location == "", name
        assert (await visitor.posts(say(groups=("engineers",)))).let_in
    assert sum(statuses.values()) > 150
    assert len(house.sandbox.state()["users"]) == 1


async def test_who_asks_a_key_of_ours_sees_one_page_whatever_came_out(houses: Houses) -> None:
    """And the same one as for a signature that is wrong: the page is no oracle."""
    house = await opened(await houses())
    [oracles] = [gallery for gallery in GALLERIES if gallery.name == "oracles"]
    messages = [one.shot().message for one in oracles.attacks if not (one.control or one.harmless)]
    messages += [
        say(by=signer("mallory")),
        say(signed="none"),
        say(audience="https://other.test/"),
        say(encrypted_to=signer("x")),
    ]
    async with Visitor(house) as visitor:
        await visitor.begins()
        seen = {(answer.status, answer.page) for answer in [await visitor.posts(message) for message in messages]}
    assert len(seen) == 1


async def test_no_page_repeats_what_somebody_sent(houses: Houses) -> None:
    house = await opened(await houses())
    script = "<script>alert(1)</script>"
    said = [
        say(issuer=script, issuer_of_assertion=script),
        say(destination=script),
        say(status=("urn:x",), status_message=script),
        say(name_id=script),
        say(recipient=script),
    ]
    async with Visitor(house) as visitor:
        await visitor.begins()
        for message in said:
            answer = await visitor.posts(message, RelayState=script)
            assert answer.status >= 400
            assert "alert" not in answer.text
        for path in (
            f"/login?email={script}",
            f"/saml/{script}/login",
            f"/saml/acme/login?to={script}",
            f"/saml/acme/finish?attempt={script}",
        ):
            answer = await visitor.asks("GET", path)
            assert script not in answer.text, path
            assert script not in answer.location, path


async def test_the_trail_has_a_reason_for_a_refusal_and_never_the_message(houses: Houses) -> None:
    house = await opened(await houses())
    message = say(by=signer("mallory"), attributes=(("secret", ("do-not-keep-me",)),))
    async with Visitor(house) as visitor:
        await visitor.begins()
        await visitor.posts(message)
    [refused] = await house.audit("sign_in.refused")
    assert refused.facts["code"] == "saml_signature"
    assert message not in await everything(house.parts.database)
    assert "do-not-keep-me" not in await everything(house.parts.database)


async def everything(database: Database) -> str:
    """All that is written down of the trail and of attempts."""
    return "\n".join(await database.read(_rows))


def _rows(tx: Tx) -> list[str]:
    return [str(dict(row)) for table in ("audit", "attempt") for row in tx.all(text(f"SELECT * FROM {table}"))]
