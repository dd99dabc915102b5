"""Who signs in? By the immutable id, then NameID and user name, then the address in domains that the connection speaks for;
never past a different immutable id (rule R4).

A persistent NameID is bound to its account, within the IdP that gave it. Any other NameID is a name: it may be given up and
given to somebody else, so it counts only as what the account is called now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text

from bridge.people import accounts, asserted
from bridge.people.accounts import Account, Told
from scim.keys import fold
from scim.ports import Tx
from scim.sql import each, held, texts

CREATED = "created"
"""Not found: made by this very sign-in."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stranger:
    """Whoever an assertion speaks of, before it is known who that is.

    `id`: the immutable id that the IdP also tells SCIM; `name_id`: `NameId.key` of a persistent one, else None.
    `user_names`: what may be their userName, the likeliest first. `speaks`: the connection speaks for the address.
    """

    connection: str
    id: str | None
    name_id: str | None
    user_names: tuple[str, ...]
    told: Told
    speaks: bool


@dataclass(frozen=True, slots=True)
class Match:
    """`by`: id, NameID, userName or e-mail, for the trail. `name_id`: the bound one; `name_key`: the folded userName;
    `told`: what an assertion told before, as a row with the columns of `asserted`, None: nothing."""

    account: Account
    by: str
    name_id: str | None
    name_key: str | None
    told: Row | None = None


class Ambiguous(Exception):
    """Several accounts may be meant by a name or an address, and nothing else tells which one it is."""


_COLUMNS = f"{accounts.COLUMNS}, name_id, name_key, {asserted.COLUMNS}"
_LIVE_FIRST = "ORDER BY state = 'deleted', changed DESC, pk"
_BY = {
    column: text(
        f"""SELECT {_COLUMNS} FROM account LEFT JOIN asserted ON asserted.account = account.pk
        WHERE connection = :connection AND {column} = :value {_LIVE_FIRST}"""  # noqa: S608
    )
    for column in ("external_id", "name_id", "name_key", "email_key")
}
_KEYS = each(texts("keys")).table_valued("value", name="keys")
_ALONE = sa.select(held("first-seen", _KEYS.c.value).label("held")).select_from(_KEYS)
_BIND = text("UPDATE account SET name_id = :name_id WHERE pk = :pk")
_RETELL = text(
    """UPDATE account SET name_id = :name_id, name_key = :name_key, external_id = COALESCE(external_id, :external_id),
      email = :email, email_key = :email_key, display = :display, changed = :now
    WHERE pk = :pk AND subject IS NULL"""
)
_ADD = text(
    """INSERT INTO account (connection, external_id, name_key, name_id, email_key, email, display, state, person,
      created, changed)
    VALUES (:connection, :external_id, :name_key, :name_id, :email_key, :email, :display, 'active', :person, :now, :now)
    RETURNING pk"""
)


def find(tx: Tx, who: Stranger) -> Match | None:
    """The account; Ambiguous where only the address could tell, and doesn't."""
    if who.id is not None:
        same = _rows(tx, who, "external_id", who.id)
        if same:
            return _match(same[0], "id")
    called = next(filter(_reads_as_another, (*who.user_names, who.told.email or "")), None)
    if called is not None:
        raise Ambiguous(called)
    return _by_name(tx, who) or _by_address(tx, who)


def alone(tx: Tx, who: Stranger) -> None:
    """Until the commit nobody else gets past here who may be the same: two first sign-ins, or one and the directory's first
    word, come in turn, so the second finds what the first made. Always in one order, so that nobody waits for each other."""
    named = {"id": who.id, "NameID": who.name_id, "e-mail": who.told.email and fold(who.told.email)}
    keys = {f"{who.connection} {kind} {value}" for kind, value in named.items() if value is not None}
    keys |= {f"{who.connection} userName {fold(name)}" for name in who.user_names}
    tx.all(_ALONE, keys=sorted(keys))


def bind(tx: Tx, match: Match, who: Stranger, *, now: int) -> bool:
    """What is known of them from now on. Of somebody in a directory only the NameID: the rest is the directory's to say.
    Returns whether they are called otherwise now."""
    account, name_id, name_key = match.account, who.name_id or match.name_id, _name_key(who) or match.name_key
    if account.subject is not None:
        if name_id != match.name_id:
            tx.run(_BIND, pk=account.pk, name_id=name_id)
        return False
    same = (account.email, account.display, account.external_id) == (
        who.told.email,
        who.told.display,
        account.external_id or who.id,
    )
    if not same or (name_id, name_key) != (match.name_id, match.name_key):
        keys = {"name_id": name_id, "name_key": name_key}
        tx.run(_RETELL, pk=account.pk, external_id=who.id, now=now, **keys, **_called(who.told))
    return not same


def add(tx: Tx, who: Stranger, person: int, *, now: int) -> Match:
    """An account that no directory told of; a directory row that comes later continues it."""
    values = {"external_id": who.id, "name_key": _name_key(who), "name_id": who.name_id}
    row = tx.one(_ADD, connection=who.connection, person=person, now=now, **values, **_called(who.told))
    assert row is not None
    email = who.told.email
    key = fold(email) if email else None
    made = Account(row["pk"], who.connection, None, who.id, email, key, who.told.display, "active", person, now)
    return Match(made, CREATED, who.name_id, _name_key(who))


def _by_name(tx: Tx, who: Stranger) -> Match | None:
    ways = [("name_id", who.name_id, "NameID")] if who.name_id else []
    ways += [("name_key", fold(name), "userName") for name in who.user_names]
    for column, value, by in ways:
        found = _rows(tx, who, column, value)
        if found:
            return _match(found[0], by)
    return None


def _reads_as_another(name: str) -> bool:
    """Whether folding makes ASCII of a letter that is none: U+212A becomes a k, so such a name would be somebody else's."""
    letters = () if name.isascii() else name
    return any(not letter.isascii() and any(one.isascii() for one in fold(letter)) for letter in letters)


def _by_address(tx: Tx, who: Stranger) -> Match | None:
    """Only inside the connection's domains: an address elsewhere may be anybody's."""
    if who.told.email is None or not who.speaks:
        return None
    found = _rows(tx, who, "email_key", fold(who.told.email))
    living = [row for row in found if row["state"] != "deleted"] or found
    if len(living) > 1:
        raise Ambiguous(who.told.email)
    return _match(living[0], "e-mail") if living else None


def _match(row: Row, by: str) -> Match:
    told = row if row["at"] is not None else None
    return Match(accounts.account_of(row), by, row["name_id"], row["name_key"], told)


def _rows(tx: Tx, who: Stranger, column: str, value: str) -> list[Row]:
    rows = tx.all(_BY[column], connection=who.connection, value=value)
    return [row for row in rows if not _another(row["external_id"], row["name_id"], who)]


def _another(external_id: str | None, name_id: str | None, who: Stranger) -> bool:
    """Whether an immutable id says that this is somebody else: the IdP's own, else a persistent NameID of the same IdP."""
    if external_id is not None and who.id is not None:
        return external_id != who.id
    kinds = [one.rpartition(":")[0] for one in (name_id, who.name_id) if one is not None and one.startswith("persistent:")]
    return len(kinds) == 2 and kinds[0] == kinds[1] and name_id != who.name_id


def _name_key(who: Stranger) -> str | None:
    return fold(who.user_names[0]) if who.user_names else None


def _called(told: Told) -> dict[str, str | None]:
    key = fold(told.email) if told.email else None
    return {"email": told.email, "email_key": key, "display": told.display}
