"""One person's sessions are in one pair of hands at a time, in a process."""

import asyncio

from bridge.provisioning.sessions.in_hand import InHand


async def test_two_come_to_one_person_in_turn_and_to_two_at_once() -> None:
    hands, seen = InHand(), []

    async def end(person: int, name: str) -> None:
        async with hands.alone(person):
            seen.append(f"{name} begins")
            await asyncio.sleep(0)
            seen.append(f"{name} ends")

    await asyncio.gather(end(1, "a"), end(1, "b"), end(2, "c"))
    assert seen.index("a ends") < seen.index("b begins")
    assert seen.index("c begins") < seen.index("a ends")


async def test_nothing_is_kept_of_whom_nobody_has_in_hand_even_if_it_failed_or_was_given_up() -> None:
    hands = InHand()
    try:
        async with hands.alone(1):
            waiting = asyncio.create_task(hands.alone(1).__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            raise ValueError("as it happens")
    except ValueError:
        await asyncio.gather(waiting, return_exceptions=True)
    assert hands._locks == {}
    async with hands.alone(1):
        pass
