"""Everything that must be true when all is at rest: Clerk against the model, and the laws that no interleaving may break."""

from collections import Counter
from dataclasses import dataclass

from bench.chaos.clerk import State, addresses
from bench.chaos.company import CONNECTIONS, PLACES, Company, Person
from bench.chaos.hands import Beliefs, Hands
from bench.chaos.model.belief import Belief
from bench.chaos.model.row import GOVERNORS
from bench.chaos.seen import Seen
from bridge.people.persons import Person as Known

_UNTOLD = {"conflict", "outside_domains"}  # states in which nothing is done, so the model has no word for them


@dataclass
class Verdict:
    """Of one moment of rest. `crowds`: requests about many people at once, which the brake may hold whole. `judged` counts
    rows, and `open` those of them for which the model allowed more than one end."""

    company: Company
    beliefs: Beliefs
    hands: Hands
    state: State
    seen: Seen
    owned: set[str]
    crowds: int
    judged: int = 0
    open: int = 0

    def problems(self) -> list[str]:
        found = [*self.seen.broken]
        for person in self.company.people.values():
            found += self._person(person)
        return [*found, *self._brake(), *self._owners(), *self._strangers(), *self._nobody_twice()]

    def words(self) -> Counter[str]:
        """How many memberships are in each state."""
        return Counter(str(row.state) for row in self.seen.rows.values())

    # --- one person

    def _person(self, person: Person) -> list[str]:
        known, found = self._known(person)
        user = self._user(person, known)
        conflict = person.namesake is not None and known is None and self.state.user(person.emails) is not None
        connections = {name for name in CONNECTIONS if known is None or self._is(person, name, known)}
        for place in PLACES:
            facts = frozenset({self.company.settled(person, place, connections, conflict=conflict)})
            found += self._row(person, place, self.beliefs[person.name, place], facts, known, user)
        active = self.company.settled(person, PLACES[0], connections, conflict=conflict).active
        return [*found, *(self._user_problems(person, user, active) if known and user else ())]

    def _is(self, person: Person, connection: str, known: Known) -> bool:
        return self.seen.accounts.get((connection, person.name)) == known.pk

    def _known(self, person: Person) -> tuple[Known | None, list[str]]:
        """Our person with a Clerk user, of all that their accounts are known as."""
        accounts = [self.seen.accounts[name, human.key] for name, human in self.company.accounts(person)]
        linked = [one for pk in sorted(set(accounts)) if (one := self.seen.persons[pk]).clerk_user is not None]
        person.moving = False
        person.joined, person.linked = len(accounts) > 1 and len(set(accounts)) == 1, bool(linked)
        found = [f"{person.name} has {len(linked)} Clerk users"] if len(linked) > 1 else []
        both = all(self.company.decides(person, name, besides=self.hands.full) for name in CONNECTIONS)
        if both and not person.joined and len(accounts) > 1:
            found.append(f"{person.name} is known as two persons, and both have a role")
        return (linked[0] if linked else None), found

    def _pks(self, person: Person, known: Known | None) -> list[int]:
        """Who has the rows: whoever is linked, else anybody their accounts are known as."""
        accounts = self.company.accounts(person)
        return [known.pk] if known else [self.seen.accounts[name, human.key] for name, human in accounts]

    def _user(self, person: Person, known: Known | None) -> str | None:
        if known is not None:
            return known.clerk_user
        user = self.state.user(person.emails) if person.namesake is None and not person.followed else None
        return str(user["id"]) if user else None

    def _row(
        self, person: Person, place: str, belief: Belief, facts: frozenset, known: Known | None, user: str | None
    ) -> list[str]:
        organization = self.state.organizations.get(place)
        role = self.state.role(organization["id"], user) if user and organization else None
        row = next((row for pk in self._pks(person, known) if (row := self.seen.rows.get((pk, place)))), None)
        word = str(row.state) if row is not None and row.state not in _UNTOLD else ""
        allowed = belief.rest(facts)
        self.judged += 1
        self.open += len({(one.actual, one.word if one.actual or one.decided else "") for one in allowed}) > 1
        if not belief.seen(role, word):
            may = sorted({f"{one.actual} {one.word}" for one in allowed})
            return [f"{person.name} in {place} has {role} ({word or 'no state'}); the model allows {', '.join(may)}"]
        if word == "retained":
            return self._retained(person, place, belief, role)
        return []

    def _retained(self, person: Person, place: str, belief: Belief, role: str | None) -> list[str]:
        """By its operator's mode, by a discard, or as the last who can govern the workspace."""
        if any(row.connections & self.company.additive or row.hold for row in belief.rows):
            return []
        user, organization = self.state.user(person.emails), self.state.organizations[place]
        others = [
            one
            for one in self.state.memberships
            if one["organization_id"] == organization["id"] and user is not None and one["user_id"] != user["id"]
        ]
        roles = {one["role"].removeprefix("org:") for one in others if not self.state.users[one["user_id"]]["banned"]}
        if (role == "owner" and "owner" not in roles) or (role in GOVERNORS and not roles & GOVERNORS):
            return []
        return [f"{person.name} is kept in {place} as {role}, and others can govern it"]

    def _user_problems(self, person: Person, user: str, active: bool) -> list[str]:
        """`active`: by the accounts that are known for this user's."""
        shown, found = self.state.users.get(user), []
        if shown is None:
            return [f"{person.name} is linked to a Clerk user that is no more"]
        if not active:
            waits = any(row.hold for place in PLACES for row in self.beliefs[person.name, place].rows)
            live = self.state.live(user)
            return [f"{person.name} left, and has {len(live)} live sessions"] if live and not waits else []
        found += self._sessions(person, user)
        if shown["banned"] or shown["locked"]:
            found.append(f"{person.name} is active, and barred")
        if not person.outside and addresses(shown) != {person.emails[-1]} and person.namesake is None:
            found.append(f"{person.name} has the addresses {sorted(addresses(shown))}, not {person.emails[-1]}")
        if shown["first_name"] not in person.names:
            found.append(f"{person.name} is called {shown['first_name']}, not any of {sorted(person.names)}")
        return found

    def _sessions(self, person: Person, user: str) -> list[str]:
        """Who loses a workspace through us has no session that is active there, but for one that began in between: sessions
        end just before the loss."""
        names = {one["id"]: place for place, one in self.state.organizations.items() if place in PLACES}
        live = [one for one in self.state.live(user) if one["id"] not in self.hands.fresh]
        active = {names.get(one["last_active_organization_id"]) for one in live} - {None}
        return [
            f"{person.name} lost {place}, and has a live session there"
            for place in active
            if place and not self.state.role(self.state.organizations[place]["id"], user)
            if (person.name, place) not in self.hands.taken
        ]

    # --- all of them

    def _brake(self) -> list[str]:
        """Never more people than the budget; and nothing is held while it has room."""
        found, budget = [], self.company.budget
        lost = {name: {person for one, _, person in self.seen.losses if one == name} for name in CONNECTIONS}
        for name, people in lost.items():
            if len(people) > budget:
                found.append(f"{len(people)} people of {name} lost something, and {budget} may")
        for _, person, place in self.seen.waiting:
            row = self.seen.rows.get((person, place))
            gone = {one for _, where, one in self.seen.losses if where == place and one != person}
            full = row is not None and any(len(lost[name]) >= budget for name in row.connections)
            if not (full or len(gone) >= 2 or (self.crowds and budget < 1000)):
                found.append(f"a loss of {self.seen.persons[person].id} in {place} is held, and the budget has room")
        return found

    def _owners(self) -> list[str]:
        """Who owns a workspace now; none loses its last owner through us."""
        now = {
            place
            for place in PLACES
            if (organization := self.state.organizations.get(place))
            and any(
                one["organization_id"] == organization["id"] and one["role"] == "org:owner" for one in self.state.memberships
            )
        }
        lost = self.owned - now - self.hands.shaken
        self.owned.clear()
        self.owned |= now
        self.hands.shaken.clear()
        self.hands.fresh.clear()
        return [f"{place} has no owner any more" for place in sorted(lost)]

    def _strangers(self) -> list[str]:
        memberships = {one["id"]: one for one in self.state.memberships}
        touched = [id for id, one in self.hands.strangers.items() if self.state.users.get(id) != one]
        touched += [id for id, one in self.hands.elsewhere.items() if memberships.get(id) != one]
        extra = [one for one in memberships.values() if one["user_id"] in self.hands.strangers]
        touched += [one["id"] for one in extra if one["id"] not in self.hands.elsewhere]
        return [f"{id} is a stranger's, and was touched" for id in touched]

    def _nobody_twice(self) -> list[str]:
        """Each human is in Clerk once at the most, and nobody else is there."""
        found, owners = [], {}
        for person in self.company.people.values():
            users = [id for id, user in self.state.users.items() if addresses(user) & set(person.emails)]
            owners |= dict.fromkeys(users, person)
            if len(users) > 1:
                found.append(f"{person.name} is in Clerk {len(users)} times")
        nobody = self.state.users.keys() - owners.keys() - self.hands.strangers.keys()
        ids = Counter(user["external_id"] for user in self.state.users.values() if user["external_id"])
        names = Counter(one["name"] for one in self.state.organizations.values())
        found += [f"{id} is in Clerk and belongs to nobody" for id in nobody]
        return found + [f"{what} is in Clerk {times} times" for what, times in (ids + names).items() if times > 1]
