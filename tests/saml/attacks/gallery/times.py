"""Times that are over, not yet, or none; statuses that are no success; versions that are others."""

from tests.saml.attacks.attack import Gallery
from tests.support.saml import names as n
from tests.support.saml import say
from tests.support.saml.surgery import before, copied, element, find, text_after, text_before

times = Gallery("times", ("saml_time_malformed",))

WITHIN = {
    "at its last second": {"ends": -179, "confirmed": 300},
    "a confirmation at its last second": {"confirmed": -179},
    "at its first second": {"begins": 180},
    "a sign-in a day ago": {"authenticated": -86_400},
    "a sign-in a little ahead": {"authenticated": 179},
    "an answer an hour old": {"issued": -3_600, "begins": -3_900},
    "an answer a little ahead": {"issued": 179},
    "a session that ends in a second": {"session_until": 1},
    "fractions of a second": {"fraction": ".123"},
    "many fractions of a second": {"fraction": ".1234567"},
    "no window of its own": {"begins": None, "ends": None},
}
for sentence, changes in WITHIN.items():
    times.row(sentence, lambda changes=changes: say(signed="both", **changes), control=True)

BEYOND = {
    "it ended three minutes ago": ({"ends": -180}, "saml_expired"),
    "it ended an hour ago": ({"ends": -3_600}, "saml_expired"),
    "its confirmation ended three minutes ago": ({"confirmed": -180}, "saml_expired"),
    "its confirmation ended years ago": ({"confirmed": -100_000_000}, "saml_expired"),
    "it begins in three minutes": ({"begins": 181}, "saml_not_yet"),
    "it begins in a year": ({"begins": 31_536_000, "ends": 31_540_000}, "saml_not_yet"),
    "it ends before it begins": ({"begins": 100, "ends": 50}, "saml_expired"),
    "it ends when it begins": ({"begins": 50, "ends": 50}, "saml_expired"),
    "it was issued more than an hour ago": ({"issued": -3_781, "begins": -4_000}, "saml_too_old"),
    "it was issued a day ago and holds for a year": (
        {"issued": -86_400, "ends": 31_536_000, "confirmed": 31_536_000},
        "saml_too_old",
    ),
    "it was issued in the future": ({"issued": 181}, "saml_not_yet"),
    "the sign-in is in the future": ({"authenticated": 181}, "saml_not_yet"),
    "the session is over": ({"session_until": -181}, "saml_session_over"),
}
for sentence, (changes, code) in BEYOND.items():
    for signed in ("assertion", "response", "both"):
        times.row(
            f"{sentence}, signed: {signed}", lambda changes=changes, signed=signed: say(signed=signed, **changes), code
        )


@times.because("saml_too_old", "saml_digest", "saml_expired")
def an_old_answer_whose_response_is_made_new() -> str:
    old = say(issued=-7_200, begins=-7_500, ends=3_600, confirmed=3_600)
    from lxml import etree

    from tests.support.saml import posted, raw

    tree = etree.fromstring(raw(old))
    tree.set("IssueInstant", "2026-09-21T14:13:20Z")
    return posted(tree)


MALFORMED = {
    "empty": "",
    "a word": "tomorrow",
    "a number": "1790000000",
    "a date": "2026-09-21",
    "without a zone": "2026-09-21T14:15:00",
    "of another zone": "2026-09-21T16:15:00+02:00",
    "of a zone that hides the past": "2026-09-21T14:15:00-12:00",
    "of a zone that none is": "2026-09-21T14:15:00+99:00",
    "in small letters": "2026-09-21t14:15:00z",
    "with a blank": "2026-09-21 14:15:00Z",
    "with blanks around": " 2026-09-21T14:15:00Z ",
    "with a line end": "2026-09-21T14:15:00Z&#10;",
    "without seconds": "2026-09-21T14:15Z",
    "without colons": "20260921T141500Z",
    "of a week": "2026-W39-1T14:15:00Z",
    "of a day of the year": "2026-264T14:15:00Z",
    "of an hour too many": "2026-09-21T25:15:00Z",
    "of midnight's other name": "2026-09-21T24:00:00Z",
    "of a leap second": "2026-12-31T23:59:60Z",
    "of the thirtieth of February": "2026-02-30T14:15:00Z",
    "of the month thirteen": "2026-13-21T14:15:00Z",
    "of the year zero": "0000-01-01T00:00:00Z",
    "of a negative year": "-2026-09-21T14:15:00Z",
    "of a year of five digits": "12026-09-21T14:15:00Z",
    "of a year of a thousand digits": "9" * 1_000 + "-09-21T14:15:00Z",
    "with a plus": "+2026-09-21T14:15:00Z",
    "in digits of another script": "٢٠٢٦-٠٩-٢١T١٤:١٥:٠٠Z",
    "in full-width digits": "２０２６-09-21T14:15:00Z",
    "with a fraction of nothing": "2026-09-21T14:15:00.Z",
    "with a comma": "2026-09-21T14:15:00,5Z",
    "with a fraction of ten thousand digits": f"2026-09-21T14:15:00.{'1' * 10_000}Z",
    "with two zones": "2026-09-21T14:15:00ZZ",
    "twice": "2026-09-21T14:15:00Z2026-09-21T14:15:00Z",
    "of infinity": "INF",
    "of none": "None",
}
FIELDS = {
    "the end of the conditions": ("Conditions", "NotOnOrAfter"),
    "the beginning of the conditions": ("Conditions", "NotBefore"),
    "the end of the confirmation": ("SubjectConfirmationData", "NotOnOrAfter"),
    "the time of issue": ("Assertion", "IssueInstant"),
    "the time of sign-in": ("AuthnStatement", "AuthnInstant"),
    "the end of the session": ("AuthnStatement", "SessionNotOnOrAfter"),
}
for kind, written in MALFORMED.items():
    for field, (tag, name) in FIELDS.items():

        def spelled(tag: str = tag, name: str = name, written: str = written.replace("&#10;", "\n")) -> str:
            return before(lambda tree: find(tree, tag).set(name, written), session_until=3_600)

        times.row(f"{field} is a time {kind}", spelled)
    times.row(
        f"the response's time of issue is a time {kind}",
        lambda written=written: before(
            lambda tree: tree.set("IssueInstant", written.replace("&#10;", "\n")), signed="response"
        ),
    )
OUTSIDE = ("saml_not_yet", "saml_expired", "saml_too_old", "saml_session_over")
for name, far in {"far": "9999-12-31T23:59:59Z", "near": "0001-01-01T00:00:00Z"}.items():
    for field, (tag, attribute) in FIELDS.items():
        fits = far.startswith("9") == (attribute in {"NotOnOrAfter", "SessionNotOnOrAfter"}) and attribute != "IssueInstant"
        times.row(
            f"{field} as {name} as a time can be",
            lambda tag=tag, attribute=attribute, far=far: before(
                lambda tree: find(tree, tag).set(attribute, far), session_until=1
            ),
            *OUTSIDE,
            harmless=fits,
        )

statuses = Gallery("statuses")
S = n.STATUS


@statuses.control
def success() -> str:
    return say(signed="both")


@statuses.control
def success_with_a_message() -> str:
    return say(status_message="Welcome")


CODES: dict[str, tuple[tuple[str, ...], str]] = {
    "the requester is wrong": ((S + "Requester",), "saml_status_requester"),
    "the responder is wrong": ((S + "Responder",), "saml_status_responder"),
    "the version is wrong": ((S + "VersionMismatch",), "saml_status_version"),
    "nobody signed in": ((S + "Responder", S + "AuthnFailed"), "saml_status_authn_failed"),
    "nobody signed in like that": ((S + "Responder", S + "NoAuthnContext"), "saml_status_no_authn_context"),
    "denied": ((S + "Requester", S + "RequestDenied"), "saml_status_request_denied"),
    "passive": ((S + "Responder", S + "NoPassive"), "saml_status_no_passive"),
    "unknown": (("urn:unknown",), ""),
    "empty": (("",), ""),
    "a failure with a success in it": ((S + "Responder", S + "Success"), ""),
    "a failure with a failure with a success in it": ((S + "Responder", S + "AuthnFailed", S + "Success"), ""),
    "a success with a failure in it": ((S + "Success", S + "AuthnFailed"), ""),
    "success in small letters": ((S + "success",), ""),
    "success alone": (("Success",), ""),
    "success and a blank": ((S + "Success ",), ""),
    "success and a line": ((S + "Success\n",), ""),
    "success of SAML 1": (("samlp:Success",), ""),
    "success of another": (("https://evil.test/" + S + "Success",), ""),
    "success twice": ((S + "Success" + S + "Success",), ""),
    "a failure as deep as it goes": ((S + "Responder",) * 20, ""),
}
for sentence, (codes, code) in CODES.items():
    for signed in ("assertion", "response"):
        right = (code,) if code else ()
        statuses.row(
            f"{sentence}, the {signed} signed", lambda codes=codes, signed=signed: say(signed=signed, status=codes), *right
        )


@statuses
def two_statuses() -> str:
    return before(lambda tree: find(tree, "Status").addnext(copied(find(tree, "Status"))), signed="response")


@statuses
def two_status_codes() -> str:
    return before(lambda tree: find(tree, "Status").append(copied(find(tree, "StatusCode"))), signed="response")


@statuses
def a_failure_before_success() -> str:
    failure = f'<samlp:StatusCode Value="{S}Responder"/>'
    return before(lambda tree: find(tree, "Status").insert(0, element(failure)), signed="response")


@statuses
def a_status_after_the_assertion() -> str:
    return before(lambda tree: tree.append(find(tree, "Status")), signed="response")


@statuses
def a_signed_failure_that_somebody_turns_into_success() -> str:
    return text_after(("status:Responder", "status:Success"), signed="response", status=(S + "Responder",))


for version in ("1.1", "1.0", "2", "2.1", "3.0", "", "02.0", "2.0 ", "２.0", "2.0.0", "2,0"):
    statuses.row(f"version {version!r}", lambda version=version: say(signed="response", version=version))
    statuses.row(
        f"version {version!r} of the assertion only",
        lambda version=version: text_before(
            (' Version="2.0" IssueInstant="2026-09-21T14:13:20Z"><saml:Issuer>', _of(version))
        ),
    )


def _of(version: str) -> str:
    return f' Version="{version}" IssueInstant="2026-09-21T14:13:20Z"><saml:Issuer>'


@statuses
def a_response_of_saml_1() -> str:
    from tests.support.saml import posted

    return posted(
        '<Response xmlns="urn:oasis:names:tc:SAML:1.0:protocol" MajorVersion="1" MinorVersion="1" ResponseID="_x">'
        '<Status><StatusCode Value="samlp:Success"/></Status></Response>'
    )
