"""Shortcodes of JWT templates: `{{user.id}}`, `{{org.role}}`, `{{user.public_metadata.team || 'none'}}`.

A claim that is one shortcode keeps the type of its value, and is null where there is none; among other text it becomes text.
`a || b` is the first that is neither null nor false, the last one in any case (Clerk's guide to JWT templates).
"""

import re
from typing import Any

_SHORTCODE = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_QUOTED = re.compile(r"""(['"])(.*)\1""", re.DOTALL)


def filled(template: Any, facts: dict[str, Any]) -> Any:
    """The template's value with every shortcode replaced; `facts` holds `user`, `org` and `org_membership`."""
    if isinstance(template, dict):
        return {name: filled(value, facts) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, facts) for value in template]
    if not isinstance(template, str):
        return template
    alone = _SHORTCODE.fullmatch(template)
    if alone and "{{" not in alone[1]:
        return _value(alone[1], facts)
    return _SHORTCODE.sub(lambda found: _text(_value(found[1], facts)), template)


def _value(expression: str, facts: dict[str, Any]) -> Any:
    value = None
    for operand in expression.split("||"):
        value = _operand(operand.strip(), facts)
        if value is not None and value is not False:
            break
    return value


def _operand(operand: str, facts: dict[str, Any]) -> Any:
    if quoted := _QUOTED.fullmatch(operand):
        return quoted[2]
    value: Any = facts
    for name in operand.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
