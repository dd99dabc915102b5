"""What our rows tell of the instance: what Clerk refused, who is out and could still sign in, what its webhooks brought."""

from collections import Counter
from collections.abc import Sequence

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.instance.governed import governed
from bridge.instance.look import Ours, Webhooks
from bridge.settings import Settings
from bridge.store.schema import account, person
from scim.ports import Tx
from scim.sql import texts, within

_PROBLEMS = text("SELECT problem FROM person WHERE clerk_instance = :instance AND problem IS NOT NULL LIMIT 10000")
_ACTIVE = "EXISTS (SELECT 1 FROM account a WHERE a.person = p.pk AND a.state = 'active')"
_OUT = text(
    f"""SELECT COUNT(CASE WHEN barred IS NULL THEN 1 END) AS free, COUNT(CASE WHEN barred = 'locked' THEN 1 END) AS locked
    FROM person p WHERE clerk_instance = :instance AND clerk_user IS NOT NULL AND NOT {_ACTIVE}"""  # noqa: S608
)
_HELD = text("SELECT count(*) AS n FROM held h JOIN hold o ON o.pk = h.hold WHERE h.status = 'waiting' AND o.closed IS NULL")
_LAST_EVENT = text("SELECT received, at FROM clerk_event WHERE clerk_instance = :instance ORDER BY received DESC LIMIT 1")
_WAITING = text("SELECT min(received) AS since FROM clerk_event WHERE clerk_instance = :instance AND done IS NULL")
_PEOPLE = sa.select(person.c.clerk_user).where(
    person.c.clerk_instance == bindparam("instance"),
    within(person.c.clerk_user, texts("users")),
    sa.exists().where(account.c.person == person.c.pk, account.c.state == "active"),
)


def read(tx: Tx, settings: Settings, instance: str, users: Sequence[str]) -> Ours:
    """`users`: Clerk users of whom it matters whether they are our people."""
    known = tuple(governed(tx, settings, instance))
    out, held = tx.one(_OUT, instance=instance), tx.one(_HELD)
    assert out is not None
    assert held is not None
    refused = Counter(str(orjson.loads(row["problem"])["code"]) for row in tx.all(_PROBLEMS, instance=instance))
    refused.update(one.blocked_code for one in known if one.blocked_code is not None)
    people = frozenset(row["clerk_user"] for row in tx.all(_PEOPLE, instance=instance, users=list(users)))
    return Ours(known, _webhooks(tx, instance), refused, out["free"], out["locked"], held["n"], people)


def _webhooks(tx: Tx, instance: str) -> Webhooks:
    last, waiting = tx.one(_LAST_EVENT, instance=instance), tx.one(_WAITING, instance=instance)
    since = waiting["since"] if waiting is not None else None
    return Webhooks(last["received"], last["at"], since) if last is not None else Webhooks()
