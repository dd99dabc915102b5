"""What the last accepted assertion said of an account, kept with its time: every decision reads it beside the directory.

Rule R12. Names are the IdP's own, so a changed connection file is read from what was said before. The assertion itself is
not kept.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import text

from bridge.settings import ConnectionSettings
from bridge.store.schema import asserted
from mappings.words import fold
from scim.ports import Tx, Write
from scim.sql import integers, within

NAME_ID = "NameID"
"""The subject, as if it were an attribute: expressions of connection files may read it by this name."""


@dataclass(frozen=True)
class Asserted:
    """`attributes` as they were sent; `groups_at`: when groups were last told. Times in epoch ms."""

    at: int
    attributes: Mapping[str, tuple[str, ...]]
    groups_at: int | None

    @property
    def groups_kept(self) -> bool:
        """Whether groups were only linked to, so that those of an earlier sign-in still count."""
        return self.groups_at != self.at

    def values(self, name: str) -> Sequence[str]:
        """The values under a name: exactly that one, else one that is the same but for case, else the one attribute whose
        URI ends in it. Where two could be meant, none is."""
        found = self.attributes.get(name)
        if found is not None:
            return found
        wanted = fold(name)
        alike = self._folded.get(wanted) or self._shortened.get(wanted) or ()
        return self.attributes[alike[0]] if len(alike) == 1 else ()

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        return _by(fold, self.attributes)

    @cached_property
    def _shortened(self) -> dict[str, list[str]]:
        return _by(_short, self.attributes)


COLUMNS = "at, attributes, groups_at"
_SOME = sa.select(asserted).where(within(asserted.c.account, integers("accounts")))
_PAGE = text(
    """SELECT asserted.account, asserted.at, asserted.attributes, asserted.groups_at
    FROM asserted JOIN account ON account.pk = asserted.account
    WHERE account.connection = :connection AND account.pk > :after
    ORDER BY account.pk LIMIT :limit"""
)
_AGAIN = text("UPDATE asserted SET at = :at, groups_at = :groups_at WHERE account = :account")
_PUT = text(
    """INSERT INTO asserted (account, at, attributes, groups_at) VALUES (:account, :at, :attributes, :groups_at)
    ON CONFLICT (account) DO UPDATE SET at = excluded.at, attributes = excluded.attributes, groups_at = excluded.groups_at"""
)


def of_accounts(tx: Tx, accounts: Sequence[int]) -> dict[int, Asserted]:
    """By account, those that an assertion ever told of."""
    return {row["account"]: _asserted(row) for row in tx.all(_SOME, accounts=accounts)}


def page_of(tx: Tx, connection: str, after: int, limit: int) -> list[tuple[int, Asserted]]:
    """Accounts of a connection that signed in, in key order after `after`, each with what was told of it last."""
    rows = tx.all(_PAGE, connection=connection, after=after, limit=limit)
    return [(row["account"], _asserted(row)) for row in rows]


def keeping(
    row: Mapping[str, Any] | None,
    account: int,
    told: Mapping[str, tuple[str, ...]],
    settings: ConnectionSettings,
    *,
    now: int,
) -> tuple[Asserted, bool, Write]:
    """What is said now, whether it is anything else than what still counted, and what puts it in the place of what was said
    before: of `row`, with the COLUMNS, None if nothing was."""
    new = after(lambda: _asserted(row) if row is not None else None, told, settings, now=now)
    attributes = orjson.dumps(new.attributes, option=orjson.OPT_SORT_KEYS).decode()
    values = {"account": account, "at": now, "groups_at": new.groups_at}
    if row is not None and row["attributes"] == attributes:
        return new, now >= lapses(row["at"], settings), (_AGAIN, values)
    return new, True, (_PUT, values | {"attributes": attributes})


def lapses(at: int, settings: ConnectionSettings) -> int:
    """Until when counts what a sign-in at `at` told, epoch ms."""
    return at + settings.sign_in.access_lasts * 1000


def after(
    before: Callable[[], Asserted | None], told: Mapping[str, tuple[str, ...]], settings: ConnectionSettings, *, now: int
) -> Asserted:
    """What is known once this is said; `before`, asked for only where it counts, was known until now.

    Where the IdP only says that groups are elsewhere (Entra's ``groups.link`` above 150 of them), the groups that it named
    before stay: that is no word about being in none.
    """
    new = Asserted(now, told, now)
    if not elsewhere(new, settings):
        return new
    last = before()
    kept = _named(last, settings) if last is not None else {}
    return Asserted(now, {**told, **kept}, last.groups_at if last is not None else None)


def calls(name: str) -> set[str]:
    """The names, folded, that an attribute answers to."""
    return {fold(name), _short(name)}


def elsewhere(told: Asserted, settings: ConnectionSettings) -> bool:
    """Whether groups were left out because there are too many, and only a link to them came."""
    return _any(told, settings, "groups_link") and not _any(told, settings, "groups")


def _any(told: Asserted, settings: ConnectionSettings, fact: str) -> bool:
    names = settings.attributes.get(fact)
    return names is not None and bool(names.saml.values(told.values))


def _named(told: Asserted, settings: ConnectionSettings) -> dict[str, tuple[str, ...]]:
    """The attributes that group names are read from."""
    groups = settings.attributes.get("groups")
    wanted = {fold(name) for name in groups.saml.names} if groups is not None else set()
    return {name: values for name, values in told.attributes.items() if calls(name) & wanted}


def _by(key: Callable[[str], str], names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(key(name), []).append(name)
    return found


def _short(name: str) -> str:
    """The last part of a claim's URI, folded: ``…/claims/givenname`` is also called givenname."""
    return fold(name.rstrip("/").rpartition("/")[2])


def _asserted(row: Any) -> Asserted:
    sent = orjson.loads(row["attributes"])
    return Asserted(row["at"], {name: tuple(values) for name, values in sent.items()}, row["groups_at"])
