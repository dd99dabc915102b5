"""What waits for the next flush: bounded, the newest of each kind, and what fell out is counted."""

from bridge.requests.noted import FAILED, FINE, REFUSED, ROOM, Noted, Waiting


def noted(at: int, status: int = 200, actor: str | None = "idp:tok_1", body: bytes = b"") -> Noted:
    return Noted(
        at, "GET", "/scim/v2/acme/Users", status, b"", (), 0.001, actor, f"r{at}", None, None, None, body, len(body)
    )


def waiting(*what: Noted) -> Waiting:
    made = Waiting()
    for one in what:
        made.add(one)
    return made


def test_a_flood_of_one_kind_leaves_the_others_their_place() -> None:
    made = waiting(noted(0, 409), noted(1, 401, None), *(noted(at) for at in range(2, 5000)))
    assert [one.status for one in made.entries[:2]] == [409, 401]
    assert len(made.entries) == ROOM[FINE] + 2
    assert made.dropped == 4998 - ROOM[FINE]


def test_a_stranger_fills_no_place_but_the_strangers() -> None:
    made = waiting(*(noted(at, 401, None) for at in range(500)), *(noted(at, 404) for at in range(500)))
    assert len(made.entries) == ROOM[REFUSED] + ROOM[FAILED]


def test_the_newest_stay_in_the_order_of_time() -> None:
    made = waiting(*(noted(at, 200 if at % 2 else 404) for at in range(1000)))
    times = [one.at for one in made.entries]
    assert times == sorted(times)
    assert times[-1] == 999
    assert 0 not in times


def test_what_could_not_be_written_waits_with_what_came_meanwhile_within_the_same_bounds() -> None:
    made = waiting(*(noted(at) for at in range(80)))
    made.absorb(waiting(*(noted(at) for at in range(80, 160))))
    assert [made.entries[0].at, made.entries[-1].at] == [60, 159]
    assert made.dropped == 60
