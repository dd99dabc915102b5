"""Invitations to an organization: an e-mail with a link, for people who are no users of ours to make."""

from dataclasses import dataclass
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, Missing

_SETTLED = {"organization_invitation_already_accepted", "organization_invitation_not_pending"}


@dataclass(frozen=True, slots=True)
class Invitation:
    """`status`: pending, accepted, revoked or expired."""

    id: str
    email: str
    role: str
    status: str


async def send(api: Api, organization: str, email: str, role: str, *, lane: Lane) -> Invitation:
    """Clerk writes to the address. It refuses a second pending one for the same address."""
    body = {"email_address": email, "role": role}
    path = "/organizations/{organization}/invitations"
    return _invitation(await api.post(path, body, organization=organization, lane=lane))


async def pending(api: Api, organization: str, email: str, *, lane: Lane) -> Invitation | None:
    """The one that waits for an answer, whoever sent it."""
    path, query = "/organizations/{organization}/invitations", [("status", "pending"), ("email_address", email)]
    found = [_invitation(item) for item in await api.all(path, query=query, organization=organization, lane=lane)]
    return next((one for one in found if one.email.casefold() == email.casefold()), None)


async def accepted(api: Api, organization: str, invitation: str, *, lane: Lane) -> bool:
    """Did whoever is a member come by this one?"""
    path = "/organizations/{organization}/invitations/{invitation}"
    try:
        found = _invitation(await api.get(path, organization=organization, invitation=invitation, lane=lane))
    except Missing:
        return False
    return found.status == "accepted"


async def revoke(api: Api, organization: str, invitation: str, *, lane: Lane) -> bool:
    """False: it waits no more, so perhaps it was accepted."""
    path = "/organizations/{organization}/invitations/{invitation}/revoke"
    try:
        await api.post(path, {}, organization=organization, invitation=invitation, lane=lane)
    except Missing:
        return False
    except ClerkError as error:
        if error.code in _SETTLED:
            return False
        raise
    return True


def _invitation(item: Any) -> Invitation:
    return Invitation(item["id"], item["email_address"], item["role"], item["status"])
