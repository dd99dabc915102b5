"""`inferpipe-bridge explain`: why does this person have these roles?"""

import asyncio

import click

from bridge.answers.explain import Explained, Row, Told
from bridge.answers.explain import explain as explain_person
from bridge.clerk import users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.rulebook import Rulebook

NEAREST = 3  # misses shown per account; --all shows every one
_CLERK_SECONDS = 2.0


@click.command()
@click.argument("person")
@click.option("--all", "everything", is_flag=True, help="Every rule that does not match, not only the nearest.")
@desk.as_json
def explain(person: str, everything: bool, as_json: bool) -> None:
    """Why PERSON (an e-mail address or an id) has these roles: decided, in Clerk, and every fact and rule behind it."""

    async def work(at: Desk) -> tuple[Explained, int | None, int]:
        pk, now = await at.one_person(person), at.now()
        rulebook = Rulebook(at.settings.connections)
        found = await at.database.read(lambda tx: explain_person(tx, at.settings, rulebook, pk, now=now))
        assert found is not None
        clerk_user = found.person["clerk_user"]
        seen = await _last_sign_in(at, clerk_user) if clerk_user and not as_json else None
        return found, seen, now

    found, seen, now = desk.at_desk(work)
    if as_json:
        desk.print_json(found.as_dict())
    else:
        click.echo("\n".join(_text(found, seen, now, everything)))


def _text(found: Explained, seen: int | None, now: int, everything: bool) -> list[str]:
    lines = [_head(found, account, seen, now) for account in found.accounts]
    person = found.person
    if person["revoked"]:
        lines.append(
            f"  revoked by {person['revoked_by']} at {desk.clock_of(person['revoked'])}: revoke --give-back ends that"
        )
    if person["conflict"]:
        lines.append(f"  conflict: {person['conflict']}: nothing is granted until that is settled")
    if person["problem"]:
        lines.append(f"  last problem: {person['problem']['sentence']}")
    if person["due"]:
        lines.append(f"  due: {person['cause']}")
    rows = [("workspace", "decided", "in Clerk", "because")]
    rows += [(row.workspace, row.decided or "-", row.in_clerk or "-", _because(row)) for row in found.workspaces]
    lines += desk.columns(rows) if found.workspaces else ["  no workspace"]
    for account in found.accounts:
        lines += _facts(account, everything)
    return lines


def _head(found: Explained, account: Told, seen: int | None, now: int) -> str:
    name = f"{account.display or account.email or account.subject} <{account.email or 'no address'}>"
    clerk = f"   Clerk user {found.person['clerk_user']}" if found.person["clerk_user"] else "   no Clerk user yet"
    signed = f"   last sign-in {_ago(now - seen)}" if seen is not None else ""
    return f"{name}   {account.connection}, {account.state}{clerk}{signed}"


def _because(row: Row) -> str:
    if row.decided is None:
        since = f"ended at {desk.clock_of(row.since)}; " if row.in_clerk and row.because else ""
        return since + _cause(row)
    reasons = "; ".join(f'line {one["line"]} "{one["rule"]}" <- {", ".join(one["facts"])}' for one in row.because)
    since = f", since {desk.clock_of(row.since)}"
    state = "" if row.state == "granted" else f"; {row.state}: {_cause(row)}" if row.cause else f"; {row.state}"
    return reasons + since + state


def _cause(row: Row) -> str:
    cause = row.cause or row.state.replace("_", " ")
    if row.state == "held":
        return f"its removal {cause}: inferpipe-bridge hold show {cause.rpartition(' ')[2]}"
    return cause


def _facts(account: Told, everything: bool) -> list[str]:
    rules = account.rules
    if rules is None:
        return [f"  {account.connection}: no rules decide about this account now"]
    lines = [f"  facts   {rules.facts}"]
    lines += [f"  note    {note}" for note in rules.decision.notes]
    missed = rules.missed if everything else rules.missed[:NEAREST]
    if missed:
        lines.append(
            f"  not matched, nearest first{'' if len(missed) == len(rules.missed) else ' (--all shows every rule)'}"
        )
        lines += desk.columns([(f'line {one.line} "{one.rule}"', one.why) for one in missed], indent="    ")
    return lines


async def _last_sign_in(at: Desk, clerk_user: str) -> int | None:
    """Clerk may be away: then the line just lacks it."""
    clerk = at.settings.bridge.clerk
    api = Api(clerk.api_url, clerk.secret_key, clerk.calls_per_10s)
    try:
        user = await asyncio.wait_for(users.get(api, clerk_user, lane=Lane.NORMAL), _CLERK_SECONDS)
    except (ClerkError, TimeoutError):
        return None
    finally:
        await api.close()
    return user.last_sign_in_at if user else None


def _ago(milliseconds: int) -> str:
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        if milliseconds >= size:
            return f"{milliseconds // size} {unit} ago"
    return "just now"
