"""Judging sessions, with no clock, store or Clerk: random people sign in, work and rest; somebody follows `next_at`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from bridge.provisioning.sessions import watch
from bridge.provisioning.sessions.watch import Limit, Limits, Seen, Watch
from tests.support.examples import examples

MIN, HOUR = 60_000, 3_600_000
FAR = 10**15
AGE, IDLE = Limits(max_age=Limit(12 * HOUR, "acme")), Limits(idle=Limit(HOUR, "acme"))


def session(id: str, created: int, active: int | None = None, expires: int = FAR) -> Seen:
    return Seen(id, created, created if active is None else active, expires)


@dataclass
class Life:
    """One session: when it began and was used, and when somebody ended it."""

    id: str
    uses: list[int]
    ended: int | None = None

    def at(self, now: int) -> Seen | None:
        used = [one for one in self.uses if one <= now]
        return session(self.id, self.uses[0], used[-1]) if used and self.ended is None else None


@dataclass
class World:
    """Follows the judge's word to the letter; `hears`: whether it learns of this session when it begins."""

    limits: Limits
    lives: list[Life]
    hears: Callable[[int], bool]
    looks: list[int] = field(default_factory=list)
    ends: list[tuple[int, Life, str]] = field(default_factory=list)

    def run(self, until: int) -> None:
        known, told = Watch(looked=1, told=None), [life for number, life in enumerate(self.lives) if self.hears(number)]
        while True:
            at = watch.next_at(known, self.limits, self.looks[-1] if self.looks else 0)
            news = min((life.uses[0] for life in told), default=FAR)
            if (at is None or at > until) and news > until:
                return
            if at is None or news <= at:
                known, told = watch.told(known, news), [life for life in told if life.uses[0] != news]
                continue
            known = self._judge(known, at)

    def _judge(self, known: Watch, now: int) -> Watch:
        if watch.needs_look(known, self.limits, now):
            self.looks.append(now)
            known = watch.looked(known, [seen for life in self.lives if (seen := life.at(now))], now)
        for end in watch.over(known, self.limits, now):
            life = next(life for life in self.lives if life.id == end.session)
            if life.ended is None:
                life.ended = now
                self.ends.append((now, life, end.why))
            known = watch.without(known, end.session)
        after = watch.next_at(known, self.limits, now)
        assert after is None or after > now, "who is judged is not due any more"
        return known


lives = st.lists(
    st.lists(st.integers(MIN, 48 * HOUR), min_size=1, max_size=12, unique=True).map(sorted), min_size=1, max_size=4
).map(lambda several: [Life(f"sess_{number}", uses) for number, uses in enumerate(several)])
spans = st.integers(5 * MIN, 14 * HOUR)


@given(lives, spans)
@examples(200)
def test_nobody_is_looked_at_twice_within_max_age_and_every_session_ends_at_its_very_moment(
    several: list[Life], age: int
) -> None:
    world = World(Limits(max_age=Limit(age, "acme")), several, hears=lambda _: True)
    world.run(72 * HOUR)
    assert all(later - earlier >= age for earlier, later in zip(world.looks, world.looks[1:], strict=False))
    assert {(now, life.id) for now, life, _ in world.ends} == {(life.uses[0] + age, life.id) for life in several}


@given(lives, spans)
@examples(200)
def test_an_idle_session_ends_an_eighth_late_at_most_and_no_other_is_touched(several: list[Life], idle: int) -> None:
    world = World(Limits(idle=Limit(idle, "acme")), several, hears=lambda _: True)
    world.run(72 * HOUR)
    for life in several:
        assert life.ended is not None, "everybody stops some time"
        used = max(one for one in life.uses if one <= life.ended)
        assert used + idle <= life.ended <= used + idle + idle // 8
    assert {why for _, _, why in world.ends} == {"idle"}


@given(st.integers(5 * MIN, 2 * HOUR), st.lists(st.integers(1, 1000), min_size=1, max_size=20))
@examples(100)
def test_somebody_at_work_costs_a_look_in_an_idle_period(idle: int, pauses: list[int]) -> None:
    uses, pause = [MIN], cycle(pauses)
    while uses[-1] < 12 * idle:
        uses.append(uses[-1] + next(pause) * idle // 8000)
    world = World(Limits(idle=Limit(idle, "acme")), [Life("sess_1", uses)], hears=lambda _: True)
    world.run(uses[-1])
    assert len(world.looks) >= 10
    assert all(later - earlier >= idle for earlier, later in zip(world.looks, world.looks[1:], strict=False))
    assert world.ends == []


@given(lives, spans, spans)
@examples(200)
def test_with_both_limits_the_one_that_comes_first_ends_a_session(several: list[Life], age: int, idle: int) -> None:
    world = World(Limits(Limit(age, "acme"), Limit(idle, "other")), several, hears=lambda _: True)
    world.run(72 * HOUR)
    for now, life, why in world.ends:
        used = max(one for one in life.uses if one <= now)
        over = life.uses[0] + age if why == "max_age" else used + idle
        assert over <= now
        assert now <= life.uses[0] + age
    assert all(life.ended is not None for life in several)


@given(lives, spans, st.integers(0, 3))
@examples(200)
def test_a_session_that_nobody_told_of_is_found_in_time_while_another_of_theirs_is_watched(
    several: list[Life], age: int, heard: int
) -> None:
    watched = several[heard % len(several)]
    world = World(Limits(max_age=Limit(age, "acme")), several, hears=lambda number: several[number] is watched)
    world.run(72 * HOUR)
    began = watched.uses[0]
    beside = [life for life in several if began <= life.uses[0] < began + age]
    assert [life.ended for life in beside] == [life.uses[0] + age for life in beside]


@given(lives, spans, spans)
@examples(100)
def test_what_is_written_is_what_is_read(several: list[Life], one: int, other: int) -> None:
    known = Watch(one, other, tuple(seen for life in several if (seen := life.at(FAR))))
    assert watch.parse(watch.written(known)) == known


def test_of_whom_nothing_is_known_everything_must_be_looked_at() -> None:
    assert watch.needs_look(watch.parse(None), AGE, 1_000 * HOUR)


def test_somebody_whom_we_sent_to_clerk_ourselves_needs_no_look_until_their_session_is_old() -> None:
    sent = watch.told(Watch(looked=1, told=None), 100 * HOUR)
    assert watch.next_at(sent, AGE, 100 * HOUR) == 112 * HOUR
    assert not watch.needs_look(sent, AGE, 111 * HOUR)


def test_three_devices_cost_one_look_and_three_ends() -> None:
    known = watch.looked(Watch(), [session("a", 0), session("b", HOUR), session("c", 2 * HOUR)], 3 * HOUR)
    assert [end.session for end in watch.over(known, AGE, 12 * HOUR)] == ["a"]
    assert not watch.needs_look(known, AGE, 14 * HOUR)
    assert [end.session for end in watch.over(known, AGE, 14 * HOUR)] == ["a", "b", "c"]


def test_a_ticket_made_about_when_a_look_was_on_its_way_is_not_forgotten() -> None:
    known = watch.told(Watch(looked=1, told=None), 10 * HOUR)
    assert watch.looked(known, [], 10 * HOUR + 1).told == 10 * HOUR
    assert watch.looked(known, [], 11 * HOUR).told is None


def test_nobody_signed_in_is_nobody_to_come_back_to() -> None:
    assert watch.next_at(watch.looked(Watch(), [], 5 * HOUR), AGE, 5 * HOUR) is None


def test_a_session_that_clerk_ends_by_itself_is_not_waited_for() -> None:
    known = watch.looked(Watch(), [session("a", 0, expires=2 * HOUR)], HOUR)
    assert watch.next_at(known, AGE, HOUR) == 12 * HOUR
    assert watch.next_at(known, AGE, 3 * HOUR) is None
    assert watch.over(known, AGE, 12 * HOUR) == []


def test_a_rest_is_judged_by_a_look_and_never_by_the_memory_of_one() -> None:
    known = watch.looked(Watch(), [session("a", 0, active=0)], 30 * MIN)
    assert watch.over(known, IDLE, 61 * MIN) == []
    assert watch.needs_look(known, IDLE, 61 * MIN)


def test_being_active_all_day_is_no_news_but_a_sign_in_since_the_last_look_is() -> None:
    known = watch.looked(Watch(), [], 10 * HOUR)
    assert watch.signed_in(known, 9 * HOUR) == known
    assert watch.signed_in(known, None) == known
    assert watch.next_at(watch.signed_in(known, 11 * HOUR), AGE, 11 * HOUR) == 23 * HOUR


def test_whom_no_look_ever_saw_is_looked_at_when_they_are_active() -> None:
    assert watch.needs_look(watch.signed_in(watch.told(Watch(told=None), 9 * HOUR), 9 * HOUR), AGE, 13 * HOUR)


def test_a_sweep_beside_a_ticket_does_not_forget_the_session_that_it_may_open_yet() -> None:
    """Nobody had looked at this person before, and the look that the sweep brings comes a moment too soon."""
    began = 100 * HOUR
    swept = watch.signed_in(Watch(told=began, last=began), began - 5 * MIN)
    assert watch.needs_look(swept, AGE, began + 1000)
    known = watch.looked(swept, [], began + 1000)
    assert watch.next_at(known, AGE, began + 1000) is not None
