"""Pages for people at the door: calm, without detail, with an id to read out. Nothing of them is kept by anybody.

No page loads anything; its style (and a script, where a page has one) is allowed by its hash alone.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page(template: str, *, status: int = 200, script: str | None = None, **values: Any) -> web.Response:
    """`template` of the folder, which may extend base.html; `script`: a file there, allowed to run in it."""
    style, code = _file("style.css"), _file(script) if script else None
    text = _TEMPLATES.get_template(template).render(**values, style=style, script=code)
    policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    policy += f"style-src {_hash(style)}" + (f"; script-src {_hash(code)}" if code else "")
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def problem(
    status: int,
    title: str,
    sentence: str,
    *,
    request_id: str,
    contact: str | None = None,
    again: str | None = None,
    wait: int | None = None,
) -> web.Response:
    """Something went wrong, in a sentence. `again`: where to go on; after `wait` seconds the page goes there itself."""
    answer = page(
        "problem.html",
        status=status,
        title=title,
        sentence=sentence,
        request_id=request_id,
        contact=contact,
        again=again,
        wait=wait,
    )
    answer.headers["X-Request-Id"] = request_id
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer


def leave(location: str) -> web.Response:
    """303: go there by GET. The address may carry a ticket, so nobody keeps it and nobody is told of it."""
    return web.Response(status=303, headers={**_HEADERS, "Location": location})


@cache
def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _hash(text: str) -> str:
    """As a browser computes it over what stands between the tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
