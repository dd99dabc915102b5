"""Clerk users: create, find, names and locale, addresses, bans."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import PAGE, Api, batches
from bridge.clerk.budget import Lane
from bridge.clerk.errors import Missing
from scim.keys import fold


@dataclass(frozen=True, slots=True)
class Address:
    """One e-mail address of a user."""

    id: str
    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class User:
    """A user as far as we look at one. `last_sign_in_at` in epoch ms."""

    id: str
    external_id: str | None
    first_name: str
    last_name: str
    locale: str
    addresses: tuple[Address, ...]
    primary: str | None
    banned: bool
    locked: bool
    last_sign_in_at: int | None

    @property
    def names(self) -> tuple[str, str]:
        return self.first_name, self.last_name

    def address(self, email: str) -> Address | None:
        """The address that reads like this one, whatever its case."""
        return next((one for one in self.addresses if fold(one.value) == fold(email)), None)


async def create(api: Api, external_id: str, email: str, names: tuple[str, str], *, locale: str = "", lane: Lane) -> User:
    """A user with a verified address and no password. IdentifierTaken: the address or the external id is in use."""
    body = {
        "external_id": external_id,
        "email_address": [email],
        "first_name": names[0],
        "last_name": names[1],
        "locale": locale,
        "skip_password_requirement": True,
        "skip_legal_checks": True,
    }
    return _user(await api.post("/users", {key: value for key, value in body.items() if value != ""}, lane=lane))


async def get(api: Api, user: str, *, lane: Lane) -> User | None:
    """One user by Clerk's id; None if it is gone."""
    try:
        return _user(await api.get("/users/{user}", user=user, lane=lane))
    except Missing:
        return None


async def by_external_id(api: Api, external_id: str, *, lane: Lane) -> User | None:
    found = await api.get("/users", query=[("external_id", external_id)], lane=lane)
    return _user(found[0]) if found else None


async def by_addresses(api: Api, emails: Sequence[str], *, lane: Lane) -> list[User]:
    """Users with any of these addresses, of which Clerk takes 100 at once."""
    query = [("email_address", email) for email in emails]
    return [_user(item) for item in await api.get("/users", query=[*query, ("limit", str(PAGE))], lane=lane)]


async def by_ids(api: Api, ids: Sequence[str], *, lane: Lane) -> list[User]:
    """Those of these users that there are."""
    found: list[User] = []
    for asked in batches(ids):
        query = [*(("user_id", id) for id in asked), ("limit", str(PAGE))]
        found += [_user(item) for item in await api.get("/users", query=query, lane=lane)]
    return found


async def update(
    api: Api, user: str, *, names: tuple[str, str] | None = None, locale: str | None = None, lane: Lane
) -> None:
    """Write what is given, in one call."""
    body = {} if names is None else {"first_name": names[0], "last_name": names[1]}
    if locale is not None:
        body["locale"] = locale
    await api.patch("/users/{user}", body, user=user, lane=lane)


async def set_external_id(api: Api, user: str, external_id: str, *, lane: Lane) -> None:
    await api.patch("/users/{user}", {"external_id": external_id}, user=user, lane=lane)


async def add_address(api: Api, user: str, email: str, *, lane: Lane) -> None:
    """A new verified primary address."""
    body = {"user_id": user, "email_address": email, "verified": True, "primary": True}
    await api.post("/email_addresses", body, lane=lane)


async def make_primary(api: Api, address: str, *, lane: Lane) -> None:
    """An address the user has already becomes the verified primary one."""
    await api.patch("/email_addresses/{address}", {"verified": True, "primary": True}, address=address, lane=lane)


async def verify_address(api: Api, address: str, *, lane: Lane) -> None:
    """We vouch for an address that its user never proved to own."""
    await api.patch("/email_addresses/{address}", {"verified": True}, address=address, lane=lane)


async def drop_address(api: Api, address: str, *, lane: Lane) -> None:
    await api.delete("/email_addresses/{address}", address=address, lane=lane)


async def ban(api: Api, user: str, *, lane: Lane) -> None:
    """No more sign-in anywhere, all sessions revoked. PlanForbids where the plan lacks it."""
    await api.post("/users/{user}/ban", {}, user=user, lane=lane)


async def unban(api: Api, user: str, *, lane: Lane) -> None:
    await api.post("/users/{user}/unban", {}, user=user, lane=lane)


async def lock(api: Api, user: str, *, lane: Lane) -> None:
    await api.post("/users/{user}/lock", {}, user=user, lane=lane)


async def unlock(api: Api, user: str, *, lane: Lane) -> None:
    await api.post("/users/{user}/unlock", {}, user=user, lane=lane)


async def delete(api: Api, user: str, *, lane: Lane) -> None:
    """Gone already is fine."""
    try:
        await api.delete("/users/{user}", user=user, lane=lane)
    except Missing:
        return


def _user(item: Any) -> User:
    addresses = tuple(
        Address(one["id"], one["email_address"], (one.get("verification") or {}).get("status") == "verified")
        for one in item["email_addresses"]
    )
    primary = next((one.value for one in addresses if one.id == item["primary_email_address_id"]), None)
    return User(
        item["id"],
        item["external_id"],
        item["first_name"] or "",
        item["last_name"] or "",
        item.get("locale") or "",
        addresses,
        primary,
        item["banned"],
        item["locked"],
        item["last_sign_in_at"],
    )
