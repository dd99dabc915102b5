"""/Me (RFC 7644 §3.11): the user that the caller is, if its token was made for one; a connector's is nobody's."""

from scim.errors import NotImplementedHere
from scim.web.call import Call, Operation, Reply


def as_me(operation: Operation) -> Operation:
    """An operation on one user, on the caller's own."""

    async def run(call: Call) -> Reply:
        if call.caller.subject is None:
            raise NotImplementedHere("This token belongs to a connector, not to a user, so there is no Me.")
        call.id = call.caller.subject
        reply = await operation(call)
        reply.headers["Location"] = f"{call.base}{call.options.users.endpoint}/{call.id}"  # in any response
        return reply

    return run
