"""What a person is told of each reason: what it means for them and what they can do, never how it was found out.

The exact reason is in the audit trail, by the id on the page.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """`again`: whether to begin anew may help."""

    status: int
    title: str
    sentence: str
    again: bool = True


_UNVERIFIED = Told(
    403,
    "This sign-in could not be verified",
    "What your company's sign-in sent could not be verified, so nobody was signed in. Begin again; if it happens once more, "
    "ask your identity team.",
)
_OVER = Told(400, "This sign-in is over", "It took too long, or was answered already. Begin again, it takes a moment.")
_TOLD = {
    "sign_in_replayed": _OVER,
    "sign_in_answered": _OVER,
    "sign_in_late": _OVER,
    "sign_in_unknown_request": _OVER,
    "sign_in_over": _OVER,
    "sign_in_ended": Told(
        403,
        "This sign-in was ended",
        "You signed out, or your account was deactivated, before this sign-in was done. Begin again to sign in.",
    ),
    "sign_in_other_browser": Told(
        403,
        "This sign-in began elsewhere",
        "It was begun in another browser or window, or your browser keeps no cookies for us. Begin again here.",
    ),
    "sign_in_unasked": Told(
        400,
        "Begin here, please",
        "Signing in from your company's app page isn't open here. Begin from here instead: if you are signed in there, it "
        "takes a moment.",
    ),
    "sign_in_stale": _OVER,
    "sign_in_not_fresh": Told(
        403, "Sign in anew, please", "You were to be asked anew for who you are, and were not. Begin again, and sign in."
    ),
    "sign_in_second_factor": Told(
        403,
        "A second factor is needed",
        "Your role may only be used with a second factor, and your sign-in came without one. Set one up with your company's "
        "sign-in (or ask your identity team), then begin again.",
    ),
    "saml_status_no_authn_context": Told(  # only a second factor is ever asked for by its context
        403,
        "A second factor is needed",
        "Your role may only be used with a second factor, and your company's sign-in knows none as it was asked for. Ask "
        "your identity team.",
    ),
    "sign_in_unknown": Told(
        403,
        "You have no account here yet",
        "Your company's sign-in knows you, and we don't yet. Ask your identity team to give you access.",
    ),
    "sign_in_inactive": Told(
        403, "This account is not active", "Your account was deactivated. Ask your identity team if that is a mistake."
    ),
    "sign_in_ambiguous": Told(
        403,
        "We can't tell which account is yours",
        "More than one account may be meant by your name or address. Your identity team can mend it.",
    ),
    "no_access_yet": Told(
        403,
        "No access yet",
        "You are known here, and no workspace is open to you yet. Ask your identity team which group brings you in.",
    ),
    "saml_not_configured": Told(
        404, "There is nothing here", "No sign-in has this address. Look where you got it from.", False
    ),
    "address_unreadable": Told(
        400, "There is nothing here", "This address is not as anybody here wrote it. Look where you got it from.", False
    ),
    "slo_not_offered": Told(404, "There is nothing here", "Nobody signs out at this address.", False),
    "sign_out_away": Told(
        503,
        "Signing out takes a moment",
        "Your sessions can't be ended this minute. They will be as soon as possible, whether you wait here or not.",
        False,
    ),
    "test_link_spent": Told(
        403,
        "This link is spent",
        "A link to a test login is good once, and for an hour. Whoever sent it to you can make another one.",
        False,
    ),
}
_AWAY = Told(
    503,
    "One moment, please",
    "You are recognised; the last step can't be done this minute. This page tries again by itself.",
)
_LEAVING = Told(
    400,
    "Signing out did not work",
    "What your company's sign-in sent could not be verified, or was used before. Close the browser if others use it, too.",
    False,
)
_REFUSED = Told(
    503,
    "The last step did not work",
    "You are recognised, and could still not be let in. Begin again in a moment; if it happens once more, ask your identity "
    "team.",
)
_BUSY = Told(503, "One moment, please", "Many people sign in just now. Try again in a moment.")
_UNREACHED = Told(
    503, "One moment, please", "We don't know your company's sign-in well enough just now. Try again in a moment."
)
_BROKEN = Told(500, "Something went wrong", "That is not your fault. Try again in a moment.")
_KINDS = {
    "away": _AWAY,
    "refused": _REFUSED,
    "busy": _BUSY,
    "unreached": _UNREACHED,
    "broken": _BROKEN,
    "unverified": _UNVERIFIED,
    "leaving": _LEAVING,
}


def of(code: str, kind: str = "unverified") -> Told:
    """By the code of an error; `kind` for those that have no words of their own."""
    if code.startswith("saml_status") and code not in _TOLD:
        return Told(
            403,
            "Your company's sign-in said no",
            "It did not sign you in. Ask your identity team whether this app is open to you, then begin again.",
        )
    return _TOLD.get(code, _KINDS[kind])
