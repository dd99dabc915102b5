"""Users and organizations that Clerk's own directory sync looks after: what they are is not to be changed by hand."""

from bridge.sandbox.clerk import errors
from bridge.sandbox.clerk.store import Store


def put(store: Store, ids: list[str]) -> None:
    """These are managed from now on, and no others."""
    store.run("DELETE FROM managed")
    for one in ids:
        store.run("INSERT OR IGNORE INTO managed VALUES (?)", one)


def everybody(store: Store) -> list[str]:
    """The ids of all that are managed."""
    return [str(row[0]) for row in store.all("SELECT id FROM managed ORDER BY id")]


def refuse_user(store: Store, user_id: str) -> None:
    """409 if the user is not to be deleted by hand."""
    if _is(store, user_id):
        raise errors.USER_MANAGED()


def refuse_attribute(store: Store, user_id: str, param: str) -> None:
    """409 if the user's attributes are the directory's."""
    if _is(store, user_id):
        raise errors.ATTRIBUTE_MANAGED(param)


def refuse_membership(store: Store, organization_id: str) -> None:
    """409 if who is in the organization, and as what, is the directory's."""
    if _is(store, organization_id):
        raise errors.MEMBERSHIP_MANAGED()


def _is(store: Store, one: str) -> bool:
    return store.one("SELECT 1 FROM managed WHERE id = ?", one) is not None
