"""JWT templates: which claims a token has that another service is to read, for how long, and signed by which key."""

from typing import Any

import jwt
import orjson

from bridge.sandbox.clerk import claims, errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, between, flag, one_of, text, thing
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.keys import ALGORITHM
from bridge.sandbox.clerk.store import Store

Template = dict[str, Any]

_ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
_FORM = Form(
    {
        "name": text(),
        "claims": thing,
        "lifetime": between(30, 315_360_000),
        "allowed_clock_skew": between(0, 300),
        "custom_signing_key": flag,
        "signing_algorithm": one_of(*_ALGORITHMS),
        "signing_key": text(16_384),
    },
    required=("name", "claims"),
    closed=False,
)
_INSERT = "INSERT INTO jwt_templates (doc, name, signing_key, id) VALUES (?, ?, ?, ?)"
_UPDATE = "UPDATE jwt_templates SET doc = ?, name = ?, signing_key = ? WHERE id = ?"


def list_templates(call: Call) -> bytes:
    """GET /jwt_templates: a bare array, or {data, total_count} with `paginated=true`."""
    limit, offset = queries.page(call.query)
    rows = call.store.all("SELECT doc FROM jwt_templates ORDER BY seq DESC LIMIT ? OFFSET ?", limit, offset)
    found = [orjson.Fragment(row[0]) for row in rows]
    if queries.flag(call.query, "paginated"):
        total = call.store.count("SELECT count(*) FROM jwt_templates")
        return orjson.dumps({"data": found, "total_count": total})
    return orjson.dumps(found)


def create(call: Call) -> bytes:
    """POST /jwt_templates"""
    form = _read(call, None)
    return insert(call.store, form, call.now)


def get(call: Call) -> bytes:
    """GET /jwt_templates/{template_id}"""
    return orjson.dumps(_fetch(call.store, "id", call.path["template_id"])[0])


def update(call: Call) -> bytes:
    """PATCH /jwt_templates/{template_id}: name and claims must be sent again; what else is not sent stays."""
    template, signing_key = _fetch(call.store, "id", call.path["template_id"])
    form = _read(call, template["id"])
    changed = template | _fields(form, template) | {"updated_at": call.now}
    kept = form.get("signing_key", signing_key) if changed["custom_signing_key"] else None
    document = orjson.dumps(changed)
    call.store.run(_UPDATE, document, changed["name"], kept, changed["id"])
    return document


def delete(call: Call) -> bytes:
    """DELETE /jwt_templates/{template_id}"""
    template, _ = _fetch(call.store, "id", call.path["template_id"])
    call.store.run("DELETE FROM jwt_templates WHERE id = ?", template["id"])
    return orjson.dumps({"id": template["id"], "object": "jwt_template", "deleted": True})


def insert(store: Store, form: dict[str, Any], now: int) -> bytes:
    """Store a template whose parameters were checked; gives what is answered."""
    template = {"object": "jwt_template", "id": new_id("jtmp", now)} | _fields(form, {})
    document = orjson.dumps(template | {"created_at": now, "updated_at": now})
    signing_key = form.get("signing_key") if template["custom_signing_key"] else None
    store.run(_INSERT, document, template["name"], signing_key, template["id"])
    return document


def named(store: Store, name: str) -> tuple[Template, str | None]:
    """The template of this name and the key of its own, if it has one; 404 where there is none."""
    return _fetch(store, "name", name)


def signed(said: dict[str, Any], template: Template, key: str) -> str:
    """A token by the template's own key."""
    return jwt.encode(said, key, algorithm=template["signing_algorithm"])


def _fields(form: dict[str, Any], before: Template) -> Template:
    own_key = bool(form.get("custom_signing_key", before.get("custom_signing_key")))
    skew = form.get("allowed_clock_skew")
    return {
        "name": form["name"],
        "claims": form["claims"],
        "lifetime": form.get("lifetime") or before.get("lifetime", 60),
        "allowed_clock_skew": before.get("allowed_clock_skew", 5) if skew is None else skew,
        "custom_signing_key": own_key,
        "signing_algorithm": form.get("signing_algorithm") or before.get("signing_algorithm") if own_key else ALGORITHM,
    }


def _read(call: Call, template_id: str | None) -> dict[str, Any]:
    form = _FORM.read(call.body)
    for claim in form["claims"]:
        if claim in claims.RESERVED:
            raise errors.RESERVED_CLAIM("claims", claim=claim)
    sql = "SELECT 1 FROM jwt_templates WHERE name = ? AND id IS NOT ?"
    if call.store.one(sql, form["name"], template_id):
        raise errors.EXISTS("name")
    if form.get("custom_signing_key"):
        _check_key(form)
    return form


def _check_key(form: dict[str, Any]) -> None:
    for name in ("signing_algorithm", "signing_key"):
        if not form.get(name):
            raise errors.MISSING(name)
    try:
        jwt.encode({}, form["signing_key"], algorithm=form["signing_algorithm"])
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise errors.FORMAT("signing_key") from error


def _fetch(store: Store, column: str, value: str) -> tuple[Template, str | None]:
    row = store.one(f"SELECT doc, signing_key FROM jwt_templates WHERE {column} = ?", value)  # noqa: S608 - id or name
    if row is None:
        raise errors.TEMPLATE_NOT_FOUND(attribute=column, val=value)
    template: Template = orjson.loads(row[0])
    return template, row[1]


ROUTES = (
    Route("GET", "/jwt_templates", list_templates, reads=True),
    Route("POST", "/jwt_templates", create),
    Route("GET", "/jwt_templates/{template_id}", get, reads=True),
    Route("PATCH", "/jwt_templates/{template_id}", update),
    Route("DELETE", "/jwt_templates/{template_id}", delete),
)
