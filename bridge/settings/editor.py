"""What editors complete and explain connection files from: the models' JSON Schema, with a word about each choice."""

from typing import Any

_ROLES = {
    "owner": "may do everything in the workspace",
    "admin": "manages members and settings",
    "editor": "works with what is in it",
    "viewer": "may look at it",
}
_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a number",
    "dateTime": "a moment, as RFC 3339 writes it",
    "reference": "a URI",
}
CHOICES: tuple[dict[str, str], ...] = (
    {
        "okta": "Okta",
        "entra": "Microsoft Entra ID",
        "google": "Google Workspace",
        "active-directory": "Active Directory, with AD FS for sign-ins",
        "generic": "any other IdP that speaks SCIM or SAML",
    },
    {
        "observe": "decide and report, touch nothing at Clerk",
        "additive": "give and raise, never take away or lower",
        "enforce": "do all that is decided",
    },
    {
        "refuse": "they are kept, and get nothing",
        "invite": "they get an invitation of Clerk and prove their address themselves",
    },
    {
        "adopt": "memberships from before become ours with the first decision about them",
        "leave": "memberships from before are never touched",
    },
    {
        "token": "a bearer token made by `inferpipe-bridge token create`",
        "raw_token": "the same without the word Bearer in front, as some apps send it",
        "oauth": "client credentials at /oauth2/token, made by `inferpipe-bridge client create`",
        "entra": "tokens that Microsoft Entra ID issues itself",
    },
    {
        "long": "if it leaves a session a quarter of an hour at least: shorter ones only say how fresh the assertion is",
        "always": "whatever it says",
        "never": "sessions are the bridge's and Clerk's business",
    },
    {"lenient": "known mistakes of IdPs are healed and counted", "strict": "what the RFCs refuse is refused"},
    {"nothing": "204 without a body", "group": "200 with the group, while it is small"},
    {
        "remove": "memberships and sessions end",
        "ban": "the user is banned as well, if nothing else of theirs is at Clerk",
        "lock": "the user is locked as well, if nothing else of theirs is at Clerk",
        "delete": "the user is deleted, if nothing else of theirs is at Clerk",
    },
    {
        "directory": "what SCIM or a pull source said",
        "assertion": "what the last sign-in said",
        "both": "what either of them said",
    },
    {
        "create": "a sign-in may make an account that no directory knows",
        "update": "a sign-in may change an account that is there",
        "off": "a sign-in changes nothing",
    },
    {"allow": "nothing is said of it", "alarm": "an error in the log, a count and an audit event tell of it"},
    {"step_up": "ask the IdP once more, for a second factor", "refuse": "no sign-in without one"},
    {
        "deactivated": "somebody was deactivated or deleted: all of their sessions",
        "lowered": "a role was lowered: sessions that are active in that workspace",
        "removed": "a workspace was lost: sessions that are active in it",
    },
    {"automatic": "a changed file is taken when its checks and tests pass", "by_hand": "it waits for `mapping activate`"},
    {"readWrite": "may be changed", "immutable": "keeps the value it got first"},
    {
        "default": "in every answer",
        "request": "in answers that were asked for it by name",
        "never": "in none: only rules see it",
    },
    {"User": "people", "Group": "groups"},
    _ROLES,
    _TYPES,
)


def for_editors(schema: Any) -> Any:
    """The schema with `enumDescriptions`, as VS Code shows them, and without titles that only repeat names."""
    if isinstance(schema, list):
        return [for_editors(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: value if key in {"enum", "examples", "default"} else for_editors(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }
    if "enum" in kept:
        words = next(choice for choice in CHOICES if {*choice} == {*kept["enum"]})
        kept["enumDescriptions"] = [words[word] for word in kept["enum"]]
    return kept
