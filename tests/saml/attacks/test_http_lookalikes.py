"""Names and addresses that look or fold like somebody else's: whoever may choose one at the IdP is nobody else for it."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.saml.attacks.doors import Visitor, opened
from tests.support.house import House
from tests.support.saml import names, say

Houses = Callable[..., Awaitable[House]]
VICTIM = "mike@acme.test"
LIKE = (
    "mi\u212ae@acme.test",  # the Kelvin sign, whose small letter is k
    "m\u0131ke@acme.test",  # i without its dot
    "m\u0130ke@acme.test",  # I with one
    "mik\u0435@acme.test",  # a Cyrillic e
    "\uff4dike@acme.test",  # a full-width m
    "mi\u00adke@acme.test",  # a soft hyphen
    "mike\u200b@acme.test",
    "mike@acme\uff0etest",  # a full-width dot
    "mike@acme\u3002test",  # an ideographic one, which IDNA takes for a dot
    "mike@\u0430cme.test",
    "mike@acme.test.",
    "mike@acme.test\u0000"[:-1] + "\u00a0",
    '"mike"@acme.test',
    "mike@acme.test,x@evil.test",
    "x@evil.test,mike@acme.test",
    "x@evil.test mike@acme.test",
    "mike+x@acme.test",
    "mike@acme.test@evil.test",
    "<mike@acme.test>",
    "Mike <mike@acme.test>",
    "mike(x)@acme.test",
    "mi.ke@acme.test",
    "mike%40acme.test",
    "mike@[acme.test]",
    "mike@sub.acme.test",
    "mike@evilacme.test",
)


async def test_whoever_is_called_almost_like_somebody_is_somebody_else(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        await visitor.begins("_" + "0" * 32)
        first = await visitor.posts(_says(VICTIM, "_" + "0" * 32))
        assert first.let_in
        for at, name in enumerate(LIKE, 1):
            id = await visitor.begins(f"_{at:032x}")
            await visitor.posts(_says(name, id))
        accepted = await house.audit("sign_in.accepted")
    mike, others = accepted[0], accepted[1:]
    assert [event.facts["assertion"] for event in others if event.person == mike.person] == []
    assert len([one for one in house.sandbox.state()["users"] if _of_mike(one)]) == 1


FOLDS = ("mi\u212ae", "\u017fam", "\ufb01ona", "m\u0130ke", "stra\u00df")


async def test_a_name_that_folds_into_anothers_tells_nobody_who_somebody_is(houses: Houses) -> None:
    """Lower-casing makes a k of a Kelvin sign, and ss of a sharp s: no name of that kind tells who somebody is."""
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        for at, name in enumerate(FOLDS):
            id = await visitor.begins(f"_{at:032x}")
            assert (await visitor.posts(_says(f"{name}@acme.test", id))).status == 403
        codes = {event.facts["code"] for event in await house.audit("sign_in.refused")}
        assert codes == {"sign_in_ambiguous"}


def _of_mike(user: dict[str, Any]) -> bool:
    return VICTIM in [one["email_address"] for one in user["email_addresses"]]


def _says(name: str, id: str) -> str:
    told = {"name_id": name, "name_format": names.EMAIL, "facts": {"email": name, "id": name}}
    return say(in_response_to=id, groups=("engineers",), **told)
