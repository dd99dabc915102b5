"""Every kind of attribute under every operator (RFC 7644 §3.4.2.2): who is found, the same on both engines."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.scim.asked import found, table
from tests.scim.conftest import BADGE, ENTERPRISE, USER, Host

PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "ada": {
        "title": "Größe",
        "profileUrl": "https://a.example/Ada",
        "name": {"familyName": "Okafor", "givenName": "Ada"},
        "emails": [{"value": "Ada@acme.example", "type": "Work", "primary": True}, {"value": "a@h.example", "type": "home"}],
        "photos": [{"value": "https://a.example/A.png", "type": "photo"}],
        "x509Certificates": [{"value": "YWRh"}],
        ENTERPRISE: {"department": "Platform", "manager": {"value": "M-1", "$ref": "https://a.example/Users/M-1"}},
        BADGE: {
            "number": 7,
            "weight": 12.5,
            "issued": "2027-01-31T09:30:00.123456Z",
            "color": "Red",
            "doors": ["North", "50%_a\\b"],
            "valid": True,
            "holder": {"place": "Lobby", "floor": 2},
            "notes": "by name only",
            "pin": "1234",
        },
    },
    "ben": {
        "active": False,
        "title": "",
        "emails": [{"value": "ben@acme.example", "type": "work"}],
        BADGE: {"number": -12, "weight": 12, "issued": "2027-01-31T10:30:00.1234+01:00", "color": "red", "doors": ["south"],
                "valid": False, "holder": {"floor": 10}},
    },
    "cyd": {"title": "50%_a\\b \"quoted\" 'q'", "roles": [{"value": "x"}, {"display": "only a name"}]},
    "dee": {"title": "😀 a😁", "userType": "Ⅷ"},
}  # fmt: skip
B = BADGE

ASKED: Mapping[str, str] = {
    # filter -> who is found; badge, enterprise and user before a colon or dot stand for URNs
    "a string is compared without case": r"""
        title eq "GRÖSSE"  ->  ada
        title ne "grösse"  ->  ben cyd dee
        title co "ÖSS"  ->  ada
        title sw "gr"  ->  ada
        title ew "SSE"  ->  ada
        userName gt "BEN@acme.example"  ->  cyd dee
        userName ge "BEN@acme.example"  ->  ben cyd dee
        userName lt "ben@ACME.example"  ->  ada
        userName le "ben@acme.example"  ->  ada ben
        title pr  ->  ada cyd dee
        title eq ""  ->  ben
        title sw ""  ->  ada ben cyd dee
        name.familyName eq "okafor"  ->  ada
        name.familyName pr  ->  ada
        title gt null  ->
        nickName ne "x"  ->  ada ben cyd dee
        NICKNAME eq "x"  ->
        userName sw "BEN"  ->  ben
        userName co "cme"  ->  ada ben cyd dee
        userName ew "E"  ->  ada ben cyd dee
    """,
    "a caseExact one with it": r"""
        badge:color eq "Red"  ->  ada
        badge:color eq "red"  ->  ben
        badge:color ne "Red"  ->  ben cyd dee
        badge:color co "e"  ->  ada ben
        badge:color sw "R"  ->  ada
        badge:color ew "ED"  ->
        badge:color gt "Red"  ->  ben
        badge:color le "Red"  ->  ada
        externalId eq "ext-ada"  ->  ada
        externalId eq "EXT-ada"  ->
        externalId sw "ext-"  ->  ada ben cyd dee
        externalId sw "Ext-"  ->
        externalId gt "ext-ben"  ->  cyd dee
    """,
    "a boolean is true, false or absent": r"""
        active eq true  ->  ada cyd dee
        active ne true  ->  ben
        active eq "False"  ->  ben
        active pr  ->  ada ben cyd dee
        badge:valid eq true  ->  ada
        badge:valid eq false  ->  ben
        badge:valid ne false  ->  ada cyd dee
        badge:valid pr  ->  ada ben
        badge:valid eq null  ->  cyd dee
        active eq "maybe"  ->
        active ne "maybe"  ->  ada ben cyd dee
        emails.primary eq true  ->  ada
        emails[primary eq false]  ->
        not (emails.primary eq true)  ->  ben cyd dee
    """,
    "numbers by their size": r"""
        badge:number eq 7  ->  ada
        badge:number eq 7.0  ->  ada
        badge:number eq "7"  ->  ada
        badge:number ne 7  ->  ben cyd dee
        badge:number gt -20  ->  ada ben
        badge:number ge 7  ->  ada
        badge:number lt 7  ->  ben
        badge:number le -12  ->  ben
        badge:number lt 1e2  ->  ada ben
        badge:number pr  ->  ada ben
        badge:number eq null  ->  cyd dee
        badge:weight eq 12.5  ->  ada
        badge:weight eq 12  ->  ben
        badge:weight eq 12.0  ->  ben
        badge:weight gt 12  ->  ada
        badge:weight le 12.49999  ->  ben
        badge:holder.floor ge 3  ->  ben
        badge:holder.floor lt 10  ->  ada
        badge:number lt 99999999999999999999999999  ->  ada ben
        badge:number eq 99999999999999999999999999  ->
    """,
    "dates by time": r"""
        badge:issued eq "2027-01-31T10:30:00.123456+01:00"  ->  ada
        badge:issued eq "2027-01-31T09:30:00.1234Z"  ->  ben
        badge:issued ne "2027-01-31T09:30:00.1234Z"  ->  ada cyd dee
        badge:issued gt "2027-01-31T09:30:00.1234Z"  ->  ada
        badge:issued ge "2027-01-31T01:30:00.1234-08:00"  ->  ada ben
        badge:issued lt "2027-01-31T09:30:00.123456Z"  ->  ben
        badge:issued le "2027-01-31T09:30:00.123456Z"  ->  ada ben
        badge:issued lt "9999-12-31T23:59:59Z"  ->  ada ben
        badge:issued gt "0001-01-01T00:00:00Z"  ->  ada ben
        badge:issued pr  ->  ada ben
        badge:issued co "2027"  ->
        badge:issued ge "2027-01-31T09:30:00"  ->  ada ben
        meta.created gt "2000-01-01T00:00:00Z"  ->  ada ben cyd dee
        meta.lastModified lt "2000-01-01T00:00:00Z"  ->
        meta.created pr  ->  ada ben cyd dee
    """,
    "references are texts": r"""
        profileUrl eq "https://A.example/ada"  ->  ada
        profileUrl sw "https"  ->  ada
        profileUrl pr  ->  ada
        photos.value eq "https://a.example/A.png"  ->  ada
        photos.value eq "https://a.example/a.png"  ->
        enterprise:manager.$ref ew "/m-1"  ->  ada
        photos[value co ".png" and type eq "PHOTO"]  ->  ada
    """,
    "what is binary is equal or not": r"""
        x509Certificates.value eq "YWRh"  ->  ada
        x509Certificates eq "ywrh"  ->
        x509Certificates.value ne "YWRh"  ->  ben cyd dee
        x509Certificates pr  ->  ada
    """,
    "complex values have parts": r"""
        badge:holder.place eq "lobby"  ->  ada
        badge:holder pr  ->  ada ben
        badge:holder.place pr  ->  ada
        name pr  ->  ada
        enterprise:manager eq "M-1"  ->  ada
        enterprise:manager.value eq "m-1"  ->
        enterprise:manager pr  ->  ada
        badge:holder eq null  ->  cyd dee
        badge:holder ne null  ->  ada ben
    """,
    "of a list one element is enough": r"""
        emails eq "ADA@acme.example"  ->  ada
        emails co "acme"  ->  ada ben
        emails.type eq "WORK"  ->  ada ben
        emails[type eq "work"]  ->  ada ben
        emails[type eq "home" and value sw "a@"]  ->  ada
        emails[type eq "work" and value sw "a@"]  ->
        emails[not (type eq "work")]  ->  ada
        not (emails[type eq "work"])  ->  cyd dee
        emails.type ne "home"  ->  ben cyd dee
        emails[type ne "home"]  ->  ada ben
        emails[type eq "work" or type eq "home"].value ew "h.example"  ->  ada
        emails[type eq "work"].value pr  ->  ada ben
        emails pr  ->  ada ben
        emails eq null  ->  cyd dee
        roles pr  ->  cyd
        roles.display pr  ->  cyd
        roles.value ne "x"  ->  ada ben dee
        roles[value pr and display pr]  ->
        emails[value co "acme" and primary eq true]  ->  ada
        emails[value co "acme" and primary eq false]  ->
        emails[value co "acme" and not (primary eq true)]  ->  ben
        emails lt "b"  ->  ada
        emails.value gt "b"  ->  ben
        emails[value co "" and type eq "work"]  ->  ada ben
        emails eq ""  ->
    """,
    "a plain list is asked for itself, or for value": r"""
        badge:doors eq "NORTH"  ->  ada
        badge:doors co "o"  ->  ada ben
        badge:doors ne "north"  ->  ben cyd dee
        badge:doors pr  ->  ada ben
        badge:doors[value eq "south"]  ->  ben
        badge:doors[value sw "n" or value sw "s"]  ->  ada ben
        badge:doors[not (value sw "n")]  ->  ada ben
        badge:doors co "%"  ->  ada
        badge:doors eq "50%_A\\B"  ->  ada
    """,
    "extensions are named in full, or with a dot": r"""
        enterprise:department eq "platform"  ->  ada
        ENTERPRISE:DEPARTMENT sw "plat"  ->  ada
        enterprise.department eq "platform"  ->  ada
        department eq "platform"  ->  ada
        user:title eq "grösse"  ->  ada
        badge:notes pr  ->  ada
        badge:notes co "NAME"  ->  ada
        badge:pin pr  ->
        badge:pin eq "1234"  ->
        urn:nobody:knows eq "x"  ->
        urn:nobody:knows ne "x"  ->  ada ben cyd dee
        urn:nobody:knows pr  ->
        nothing eq null  ->  ada ben cyd dee
        nothing ne null  ->
    """,
    "what everybody has": r"""
        schemas eq "{badge}"  ->  ada ben
        schemas eq "{user}"  ->  ada ben cyd dee
        schemas[value eq "{enterprise}"]  ->  ada
        meta.resourceType eq "User"  ->  ada ben cyd dee
        meta.resourceType eq "user"  ->
        meta.resourceType sw "U"  ->  ada ben cyd dee
        meta.version eq "W/\"1\""  ->  ada ben cyd dee
        id pr  ->  ada ben cyd dee
        meta pr  ->  ada ben cyd dee
        id eq "x"  ->
        id ne "x"  ->  ada ben cyd dee
        id co "-"  ->  ada ben cyd dee
        meta.location pr  ->  ada ben cyd dee
    """,
    "not goes before and, and before or": r"""
        title pr and active eq false or userName sw "dee"  ->  dee
        userName sw "dee" or title pr and active eq false  ->  dee
        title pr and (active eq false or userName sw "dee")  ->  dee
        not (title pr) and active eq false  ->  ben
        not (title pr and active eq true)  ->  ben
        not (not (title pr))  ->  ada cyd dee
        (((title pr)))  ->  ada cyd dee
        title pr AND NOT (userName sw "a" OR userName sw "c")  ->  dee
        title pr and title pr and title sw "g"  ->  ada
    """,
    "letters that mean something elsewhere mean themselves": r"""
        title co "%"  ->  cyd
        title co "_"  ->  cyd
        title co "50%"  ->  cyd
        title co "\\"  ->  cyd
        title sw "50%_A\\b"  ->  cyd
        title co "\"QUOTED\""  ->  cyd
        title co "'q'"  ->  cyd
        title ew "'q'"  ->  cyd
        title co "\u0025"  ->  cyd
        title eq "' OR 1=1 --"  ->
        title co "*"  ->
        title co "."  ->
        title sw "^"  ->
        title co "$1"  ->
    """,
    "letters of four bytes are one letter": r"""
        title co "😁"  ->  dee
        title sw "😀"  ->  dee
        title ew "😁"  ->  dee
        title eq "😀 A😁"  ->  dee
        title co "\ud83d\ude01"  ->  dee
        title gt "\uffff"  ->  dee
        title ew "a😁"  ->  dee
        userType eq "ⅷ"  ->  dee
    """,
}


@pytest.mark.parametrize("said", ASKED)
async def test_each_kind_of_value_is_compared_as_it_should(host: Host, said: str) -> None:
    names = {await host.user(name, connection="extended", **keys): name for name, keys in PEOPLE.items()}
    asked = table(ASKED[said], badge=BADGE, enterprise=ENTERPRISE, user=USER)
    assert len(asked) > 3
    assert await found(host, "/Users", names, asked, "extended") == asked


ALIKE = (
    ("Straße", "STRASSE"), ("ß", "ẞ"), ("ΟΔΟΣ", "οδος"), ("οδός", "ΟΔΌΣ"), ("σ", "ς"), ("İ", "i\u0307"), ("é", "e\u0301"),
    ("É", "e\u0301"), ("\u212b", "å"), ("ﬁn", "FIN"), ("ŉ", "ʼN"), ("Ǆ", "ǆ"), ("ᾳ", "αι"),
    ("한", "\u1112\u1161\u11ab"), ("𐐀", "𐐨"),
)  # fmt: skip
UNLIKE = (("I", "ı"), ("İ", "i"), ("a", "á"), ("o", "0"), ("Ⅷ", "VIII"), ("²", "2"))


async def test_texts_are_alike_in_any_script_and_composition(host: Host) -> None:
    """Folded in Python when they are written, so that the engines' own ideas of letters don't matter."""
    for number, (one, other) in enumerate(ALIKE):
        id = await host.user(f"u{number}", title=one, displayName=one, emails=[{"value": f"{one}@x.example"}])
        for filter in (f'title eq "{other}"', f'displayName sw "{other}"', f'emails.value eq "{other}@X.example"'):
            assert id in await host.found("/Users", filter), (one, other)


async def test_what_only_looks_alike_is_not(host: Host) -> None:
    for number, (one, other) in enumerate(UNLIKE):
        id = await host.user(f"u{number}", title=one)
        assert id not in await host.found("/Users", f'title eq "{other}"'), (one, other)


@pytest.mark.parametrize(
    "filter",
    [
        "active gt true", 'active co "t"', "emails[primary ge true]", 'x509Certificates.value gt "a"', f'{B}:number co "7"',
        f'{B}:number eq "seven"', f"{B}:number eq true", f"{B}:weight gt 1e400", f"{B}:issued eq 5",
        f'{B}:issued gt "yesterday"',
        'name eq "x"', f'{B}:holder eq "x"', 'title[value eq "x"]', 'name[givenName eq "x"]', 'meta.location co "x"',
        'groups.$ref sw "x"', 'title eq "a\\u0000b"', 'title eq "\\ud800"', 'title eq "\\udc00\\ud800"',
    ],
)  # fmt: skip
async def test_a_comparison_without_a_meaning_is_refused(host: Host, filter: str) -> None:
    await host.user("ada", connection="extended", **PEOPLE["ada"])
    answer = await host.call("GET", "/Users", query={"filter": filter}, connection="extended")
    assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")
