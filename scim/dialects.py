"""What real IdPs send that the RFCs do not expect, as ONE table of healers; each has its source and its replayed request.

A healer acts where the odd shape is met (scim/clean.py, scim/patch, scim/filters) and is noted by name, so that an
operator sees in metrics and logs what an IdP really sends. ``strict`` refuses what a healer would mend.
"""

from dataclasses import dataclass, field

from scim.errors import InvalidSyntax, Mutability


@dataclass(frozen=True, slots=True)
class Healer:
    """One odd shape, who sends it, and where that is written."""

    name: str
    shape: str
    source: str


HEALERS = {
    healer.name: healer
    for healer in (
        Healer("capital-op", '"op": "Add", "Replace", "Remove"', "Entra; Microsoft's SCIM documentation"),
        Healer("text-boolean", '"active": "False" as text', "Entra without aadOptscim062020, GitLab's client"),
        Healer("missing-element", 'emails[type eq "work"].value where there is none', "Entra; Microsoft's documentation"),
        Healer("remove-by-value", "remove members with a value list", "Entra without aadOptscim062020, JumpCloud"),
        Healer("dotted-key", '"name.givenName" as a key of a path-less value', "Entra with aadOptscim062020"),
        Healer("urn-key", "urn:…:User:department as a key", "Entra with aadOptscim062020, SCIM-SDK's workarounds"),
        Healer("top-level-enterprise", "department or manager beside the core attributes", "Entra, documentation example 2"),
        Healer("manager-shape", 'manager as text, list or ""', "Entra example 5, OneLogin, SCIM-SDK's workarounds"),
        Healer("null-value", "an explicit null", "Entra, documentation example 2"),
        Healer("unknown-attribute", "an attribute no schema has", "several; scim-sanity"),
        Healer("unknown-schema", "a schema URN we don't publish", "Entra's group marker, Google's 1.0 URNs"),
        Healer(
            "read-only",
            "groups or a manager's displayName in a write; strict refuses it in a PATCH",
            "Okta, Entra",
        ),
        Healer("single-for-list", "an object or text where a list is due", "scimitar's field notes"),
        Healer("list-for-single", "a list of one where one value is due", "Entra, documentation example 5"),
        Healer("empty-text", '"" for an attribute that has no empty value', "OneLogin, Entra's gallery validation"),
        Healer("number-for-text", "a number where text is due", "generic exports"),
        Healer("text-number", "a number as text where a number is due", "generic exports"),
        Healer(
            "pathless-patch", "a PATCH without path", "legal (RFC 7644 §3.5.2); draft-zollner-scim-interop-profile refuses"
        ),
        Healer("patch-extra-key", "keys in a PATCH message that it doesn't have", "GitLab's client, Okta"),
        Healer("patch-no-schemas", "a PATCH message without schemas", "GitLab's client, JumpCloud"),
        Healer("password-dropped", "a password, which is never kept", "Okta"),
        Healer("unquoted-filter", "userName eq bjensen without quotes", "authentik before 2024, WSO2's suite"),
        Healer("bare-not", "not title pr, without the parentheses", "django-scim2's and scim2-filter-parser's corpora"),
        Healer("value-path-operator", 'emails[type eq "work"] pr, or co and a value', "scim2-filter-parser's corpus"),
        Healer("key-case", "attribute names in another case", "RFC 7643 §2.1 allows it"),
        Healer("schemas-missing", "a resource without schemas", "Google's auto-provisioning, GitLab's client"),
    )
}

STRICT_ALLOWS = frozenset({"key-case", "password-dropped", "read-only", "capital-op", "null-value"})
"""RFC 7643/7644 let servers take these in any mode."""


@dataclass(slots=True)
class Healing:
    """The healers that acted on one request."""

    strict: bool = False
    acted: set[str] = field(default_factory=set)

    def read_only(self, what: str) -> None:
        """A PATCH names what it may not write (RFC 7644 §3.5.2)."""
        if self.strict:
            raise Mutability(f"{what[:120]} is read-only.")
        self.acted.add("read-only")

    def note(self, name: str, what: str = "") -> None:
        """A healer acts; in strict mode its shape is refused instead."""
        healer = HEALERS[name]
        if self.strict and name not in STRICT_ALLOWS:
            raise InvalidSyntax(
                f"{healer.shape}{f' ({what})' if what else ''} is refused by this connection's strict dialect"
            )
        self.acted.add(name)
