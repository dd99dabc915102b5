"""Which memberships: of an organization with its filters, of a user, of the whole instance."""

from bridge.sandbox.clerk import addresses, errors, memberships, people, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.queries import Where

_ORDERS = {
    "created_at": "m.created_at",
    "email_address": "u.email",
    "first_name": "u.first_name COLLATE NOCASE",
    "last_name": "u.last_name COLLATE NOCASE",
    "username": "u.username",
    "phone_number": "NULL",
}
_USERS = " JOIN users u ON u.id = m.user_id"
_NAME = "(ifnull(u.first_name, '') || ' ' || ifnull(u.last_name, ''))"


def of_organization(call: Call) -> bytes:
    """GET /organizations/{id}/memberships"""
    organization_id = call.path["organization_id"]
    if call.store.one("SELECT 1 FROM organizations WHERE id = ?", organization_id) is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    where = Where()
    where.add("m.organization_id = ?", organization_id)
    _filter(call, where)
    return _page(call, where)


def of_user(call: Call) -> bytes:
    """GET /users/{user_id}/organization_memberships"""
    people.fetch_bytes(call.store, call.path["user_id"])
    where = Where()
    where.add("m.user_id = ?", call.path["user_id"])
    return _page(call, where)


def of_instance(call: Call) -> bytes:
    """GET /organization_memberships"""
    return _page(call, Where())


def _filter(call: Call, where: Where) -> None:
    query = call.query
    where.signed("m.user_id IN ({})", queries.values(query, "user_id"))
    where.within("m.role IN ({})", queries.values(query, "role"))
    where.within("u.username IN ({})", queries.values(query, "username"))
    if emails := queries.values(query, "email_address"):
        holders = [addresses.holder(call.store, email) for email in emails]
        where.within("m.user_id IN ({})", [holder or "nobody" for holder in holders])
    where.like(("u.email", "u.username", "u.id", _NAME), query.get("query"))
    where.like(("u.email",), query.get("email_address_query"))
    where.like(("u.username",), query.get("username_query"))
    where.like((_NAME,), query.get("name_query"))
    where.between(query, "created_at", "m.created_at")
    where.between(query, "last_active_at", "u.last_active_at")


def _page(call: Call, where: Where) -> bytes:
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "m.seq")
    # the page is found among narrow rows first, so that a deep one of a large organization costs no wide ones
    rows = f"FROM memberships m{_USERS if 'u.' in where.sql + order else ''}{where.sql}"
    total = call.store.count(f"SELECT count(*) {rows}", *where.values)
    page = f"SELECT m.seq {rows}{order} LIMIT ? OFFSET ?"
    sql = f"{memberships.SELECT} WHERE m.seq IN ({page}){order}"
    found = [memberships.render(row) for row in call.store.all(sql, *where.values, limit, offset)]
    return b'{"data":[' + b",".join(found) + b'],"total_count":' + str(total).encode() + b"}"


ROUTES = (
    Route("GET", "/organizations/{organization_id}/memberships", of_organization, reads=True),
    Route("GET", "/users/{user_id}/organization_memberships", of_user, reads=True),
    Route("GET", "/organization_memberships", of_instance, reads=True),
)
