"""Tokens of a session: the short-lived one that a dashboard sends along, or one that a JWT template shapes."""

from typing import Any

import orjson

from bridge.sandbox.clerk import claims, errors, jwt_templates, keys, sessions
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, between

_FORM = Form({"expires_in_seconds": between(30, 315_360_000)}, closed=False)


def create(call: Call) -> bytes:
    """POST /sessions/{session_id}/tokens"""
    session, azp, lifetime = _asked(call)
    return _answer(keys.signed(call.store, claims.of_session(call, session, azp, lifetime)))


def create_from_template(call: Call) -> bytes:
    """POST /sessions/{session_id}/tokens/{template_name}"""
    session, azp, lifetime = _asked(call)
    template, own_key = jwt_templates.named(call.store, call.path["template_name"])
    said = claims.of_template(call, session, azp, template, lifetime)
    return _answer(jwt_templates.signed(said, template, own_key) if own_key else keys.signed(call.store, said))


def _asked(call: Call) -> tuple[dict[str, Any], str | None, int | None]:
    """The session, whose page it was made on, and the seconds that were asked for; 404 once the session has ended."""
    lifetime = _FORM.read(call.body).get("expires_in_seconds")
    session, azp = sessions.fetch(call, call.path["session_id"])
    if session["status"] not in ("active", "pending"):
        raise errors.SESSION_NOT_FOUND(sessionID=session["id"])
    return session, azp, lifetime


def _answer(token: str) -> bytes:
    return orjson.dumps({"object": "token", "jwt": token})


ROUTES = (
    Route("POST", "/sessions/{session_id}/tokens", create),
    Route("POST", "/sessions/{session_id}/tokens/{template_name}", create_from_template),
)
