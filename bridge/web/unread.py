"""A packed body that nobody wanted is not unpacked either.

Behind an answer, aiohttp reads what is left of a request for ten seconds so that the client gets to read the answer, and
unpacks it: half a megabyte of zeros that were packed is a second of CPU, at any address and before anybody proved anything.
"""

from aiohttp import hdrs, web


async def unread(request: web.Request, answer: web.StreamResponse) -> None:
    """A signal, `on_response_prepare`: the connection ends with this answer."""
    if hdrs.CONTENT_ENCODING in request.headers and not request.content.is_eof():
        answer.force_close()
        answer.headers[hdrs.CONNECTION] = "close"
        request.content.feed_eof()


def mount(app: web.Application) -> None:
    """For every address, those that nobody serves included."""
    app.on_response_prepare.append(unread)
