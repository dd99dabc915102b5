"""An initial load: who is in Clerk already is found a hundred at a time, and nobody costs a refused call."""

from collections.abc import Awaitable, Callable, Sequence

from tests.support.house import House
from tests.support.masses import load
from tests.support.refusing import Refusing

Houses = Callable[..., Awaitable[House]]
CREATE, LOOK_UP = "POST /v1/users", "GET /v1/users"
ADD = "POST /v1/organizations/{organization_id}/memberships"
LINK = "PATCH /v1/users/{user_id}"
READ = "GET /v1/users/{user_id}/organization_memberships"


async def _load(house: House, names: Sequence[str]) -> None:
    await load(house, names, "engineers")
    await house.idle()


async def test_an_initial_load_adds_one_look_up_per_hundred_people(houses: Houses) -> None:
    house = await houses()
    await house.people(1, "engineers-to-be")  # so that nothing else is new
    house.sandbox.reset_calls()
    names = [f"n{number:03}" for number in range(240)]
    await _load(house, names)
    calls = house.sandbox.calls()
    assert len(house.roles()) == 240
    assert (calls[CREATE], calls[ADD]) == (240, 240)
    assert calls[LOOK_UP] <= 4  # pages of 200: 100 + 100, and 40


async def test_those_whom_clerk_knows_are_linked_without_a_refused_call(houses: Houses) -> None:
    house = await houses()
    names = [f"n{number:02}" for number in range(40)]
    for name in names[:15]:
        await house.clerk("POST", "/users", {"email_address": [f"{name}@acme.example"]})
    house.sandbox.reset_calls()
    await _load(house, names)
    calls = house.sandbox.calls()
    assert len(house.roles()) == 40
    assert (calls[CREATE], calls[LINK], calls[READ], calls[ADD]) == (25, 15, 15, 40)
    assert len(house.sandbox.state()["users"]) == 40


async def test_a_few_newcomers_are_made_without_a_look_up(houses: Houses) -> None:
    house = await houses()
    await _load(house, [f"n{number:02}" for number in range(5)])
    assert LOOK_UP not in house.sandbox.calls()


async def test_who_comes_to_clerk_after_the_look_up_is_found_by_the_refusal(houses: Houses) -> None:
    house = await houses(mode="observe")
    names = [f"n{number:02}" for number in range(30)]
    emails = [f"{name}@acme.example" for name in names]
    await house.parts.tools.newcomers.look_up(house.parts.tools.clerk, emails)
    await house.clerk("POST", "/users", {"email_address": [emails[0]]})
    await house.stop()
    house.connection()
    await house.start()
    await _load(house, names)
    assert len(house.roles()) == 30
    assert len(house.sandbox.state()["users"]) == 30


async def test_an_address_that_a_colleague_gave_up_since_the_look_up_is_the_newcomers(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    engineers = await house.group("engineers", mia)
    await house.idle()
    emails = [f"n{number:02}@acme.example" for number in range(30)]
    await house.parts.tools.newcomers.look_up(house.parts.tools.clerk, ["mia@acme.example", *emails])
    value = [{"value": "mia.chen@acme.example", "type": "work", "primary": True}]
    await house.patch(f"/Users/{mia}", {"op": "replace", "path": "emails", "value": value})
    await house.idle()
    value = [{"value": "mia@acme.example", "type": "work", "primary": True}]
    await house.join(engineers, await house.user("new", emails=value))
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}, "mia.chen": {"production": "editor"}}


async def test_a_look_up_that_clerk_refuses_keeps_nobody_waiting(houses: Houses) -> None:
    house = await houses()
    refusing = Refusing(house)
    refusing.refuse("GET /v1/users", 422, "form_param_format_invalid")
    await _load(house, [f"n{number:02}" for number in range(30)])
    assert len(house.roles()) == 30
    assert refusing.calls.count("GET /v1/users") <= 2
