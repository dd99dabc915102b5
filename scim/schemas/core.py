"""The attributes of User, EnterpriseUser and Group (RFC 7643 §4, §8.7) as data."""

from dataclasses import replace

from scim.schemas.attribute import Attribute, Kind, Schema

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def _plural(
    name: str, description: str, *, kind: Kind = "string", types: tuple[str, ...] = (), indexed: bool = False
) -> Attribute:
    """A multi-valued attribute with the usual sub-attributes (RFC 7643 §2.4)."""
    references = ("external",) if kind == "reference" else ()
    sub = (
        Attribute(
            "value", f"The value of {name}.", kind, case_exact=kind != "string", references=references, indexed=indexed
        ),
        Attribute("display", "A name for people.", mutability="readWrite"),
        Attribute("type", "What it is for.", canonical=types),
        Attribute("primary", "The preferred one.", "boolean"),
    )
    return Attribute(name, description, "complex", many=True, sub=sub)


_NAME = Attribute(
    "name",
    "The parts of the name.",
    "complex",
    sub=tuple(
        Attribute(part, f"{part} of the name.")
        for part in ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
    ),
)
_ADDRESSES = Attribute(
    "addresses",
    "Postal addresses.",
    "complex",
    many=True,
    sub=(
        *(
            Attribute(part, f"{part} of the address.")
            for part in ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
        ),
        Attribute("type", "What it is for.", canonical=("work", "home", "other")),
        Attribute("primary", "The preferred one.", "boolean"),
    ),
)
_USER_GROUPS = Attribute(
    "groups",
    "Groups the user is a direct member of.",
    "complex",
    many=True,
    mutability="readOnly",
    sub=(
        Attribute("value", "The group's id.", case_exact=True, mutability="readOnly"),
        Attribute("$ref", "The group's address.", "reference", mutability="readOnly", references=("Group",)),
        Attribute("display", "The group's name.", mutability="readOnly"),
        Attribute("type", "direct or indirect.", mutability="readOnly", canonical=("direct", "indirect")),
    ),
)

user = Schema.of(
    USER,
    "User",
    "User Account",
    Attribute("userName", "What the person signs in with.", required=True, uniqueness="server", indexed=True),
    _NAME,
    Attribute("displayName", "The name to show.", indexed=True),
    Attribute("nickName", "The casual name."),
    Attribute("profileUrl", "The address of a page about them.", "reference", references=("external",)),
    Attribute("title", "The job title."),
    Attribute("userType", "How they relate to the organization, such as Contractor."),
    Attribute("preferredLanguage", "As in Accept-Language."),
    Attribute("locale", "For dates and numbers."),
    Attribute("timezone", "Such as Europe/Berlin."),
    Attribute("active", "Whether they may use the service.", "boolean"),
    Attribute("password", "Accepted and never kept.", mutability="writeOnly", returned="never"),
    _plural("emails", "E-mail addresses.", types=("work", "home", "other"), indexed=True),
    _plural("phoneNumbers", "Phone numbers.", types=("work", "home", "mobile", "fax", "pager", "other")),
    _plural("ims", "Instant messaging addresses."),
    _plural("photos", "Addresses of photos.", kind="reference", types=("photo", "thumbnail")),
    _ADDRESSES,
    _USER_GROUPS,
    _plural("entitlements", "What they are entitled to."),
    _plural("roles", "Their roles."),
    _plural("x509Certificates", "Certificates.", kind="binary"),
)

enterprise = Schema.of(
    ENTERPRISE,
    "EnterpriseUser",
    "Enterprise User",
    *(
        Attribute(name, f"The {name} of the person.")
        for name in ("employeeNumber", "costCenter", "organization", "division", "department")
    ),
    Attribute(
        "manager",
        "Whom they report to.",
        "complex",
        sub=(
            Attribute("value", "The manager's id.", case_exact=True),
            Attribute("$ref", "The manager's address.", "reference", references=("User",)),
            Attribute("displayName", "The manager's name.", mutability="readOnly"),
        ),
    ),
)

_MEMBERS = Attribute(
    "members",
    "Users and groups in it.",
    "complex",
    many=True,
    sub=(
        Attribute("value", "The member's id.", required=True, case_exact=True, mutability="immutable", indexed=True),
        Attribute("$ref", "The member's address.", "reference", mutability="immutable", references=("User", "Group")),
        Attribute("type", "User or Group.", mutability="immutable", canonical=("User", "Group")),
        Attribute("display", "The member's name.", mutability="readOnly", returned="request"),
    ),
)
_NAME_OF_GROUP = Attribute("displayName", "The name of the group.", required=True, indexed=True)
group = Schema.of(GROUP, "Group", "Group", replace(_NAME_OF_GROUP, uniqueness="server"), _MEMBERS)
twins = Schema.of(GROUP, "Group", "Group", _NAME_OF_GROUP, _MEMBERS)
"""The same where two groups may have one name."""

COMMON = {
    "id": Attribute("id", "Our id.", case_exact=True, mutability="readOnly", returned="always"),
    "externalid": Attribute("externalId", "The client's id.", case_exact=True, indexed=True),
    "schemas": Attribute("schemas", "The schemas in use.", "reference", many=True, returned="always"),
    "meta": Attribute(
        "meta",
        "About the resource.",
        "complex",
        mutability="readOnly",
        sub=(
            Attribute("resourceType", "User or Group.", case_exact=True, mutability="readOnly"),
            Attribute("created", "When it was made.", "dateTime", mutability="readOnly"),
            Attribute("lastModified", "When it changed last.", "dateTime", mutability="readOnly"),
            Attribute("location", "Its address.", "reference", case_exact=True, mutability="readOnly"),
            Attribute("version", "Its ETag.", case_exact=True, mutability="readOnly"),
        ),
    ),
}
"""What every resource has (RFC 7643 §3.1), by folded name."""
