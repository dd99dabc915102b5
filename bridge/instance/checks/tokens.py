"""What Convex relies on: the claims of the token, who issues it, and that its keys can be found."""

from collections.abc import Iterator

from bridge.instance.finding import Check, Finding, ok, problem, some, warning
from bridge.instance.issuer import Published
from bridge.instance.look import Look, Unread, seen
from bridge.instance.plan import differing
from bridge.instance.wanted import TEMPLATE

_PAGE = "docs/clerk-setup.md"
_SETUP = "`inferpipe-bridge clerk setup` makes it right."
_GRAVE = {"aud", "org_id", "org_role"}  # without them Convex refuses, or knows nobody's role
_LONG = 300  # seconds


def _template(look: Look) -> Iterator[Finding]:
    found = seen(look.present).templates.get(TEMPLATE)
    if found is None:
        yield problem(f"There is no JWT template {TEMPLATE}.", "`inferpipe-bridge clerk setup` makes it.")
        return
    wrong = differing(found)
    if found.own_key:
        sentence = f"The template {TEMPLATE} is signed with a key of its own ({found.algorithm}): Convex can't find it."
        yield problem(sentence, "Switch the custom signing key off in Clerk's dashboard, JWT templates.")
    if wrong:
        tell = problem if _GRAVE & set(wrong) else warning
        yield tell(f"The template {TEMPLATE} says something else for {some(wrong, 12)}.", _SETUP)
    if found.lifetime > _LONG:
        sentence = f"Tokens of {TEMPLATE} live {found.lifetime} s: so long, what was taken away still counts at Convex."
        yield warning(sentence, "Shorten it to 60 in Clerk's dashboard, JWT templates.")
    if not found.own_key and not wrong and found.lifetime <= _LONG:
        yield ok(f"The template {TEMPLATE} has the audience, the person and the workspace with the role.")


def _issuer(look: Look) -> Iterator[Finding]:
    setting = look.settings.bridge.clerk.jwt_issuer_domain
    hint = "Set CLERK_JWT_ISSUER_DOMAIN to the Frontend API URL that Clerk's dashboard shows under API keys."
    told = None if isinstance(look.told, Unread) else look.told
    if look.issuer is None or look.published is None:
        yield warning("Nobody said who issues the tokens.", hint)
    elif setting and told and setting != told:
        yield problem(f"`jwt_issuer_domain` is {setting}, and this instance's tokens come from {told}.", hint)
    elif look.published.problem is not None:
        yield problem(f"The issuer can't be read: {look.published.problem}", hint)
    elif look.published.issuer != look.issuer:
        sentence = (
            f"{look.issuer} calls itself {look.published.issuer}: Convex refuses a token whose `iss` differs by a letter."
        )
        yield problem(sentence, f"Write {look.published.issuer} into auth.config.ts and CLERK_JWT_ISSUER_DOMAIN.")
    else:
        yield ok(f"Tokens come from {look.issuer}, which says so itself.")


def _signing_keys(look: Look) -> Iterator[Finding]:
    """The keys of the Backend API are those of this instance; those at the issuer are what Convex sees."""
    published, known = look.published, seen(look.key_ids)
    if published is None or published.problem is not None:
        yield warning("The keys that Convex would use could not be read.", "See what is said of the issuer.")
    elif not known <= published.key_ids:
        sentence = f"{published.address} publishes other keys than this instance signs with: it is another instance."
        yield problem(sentence, "Key and issuer must be of one instance; copy both from Clerk's dashboard, API keys.")
    elif not _signs_rs256(published):
        yield problem(
            f"{published.address} offers {some(published.algorithms)}; Convex takes RS256.", "Ask Clerk's support."
        )
    else:
        yield ok("The issuer publishes the keys that this instance signs with.")


def _signs_rs256(published: Published) -> bool:
    return not published.algorithms or "RS256" in published.algorithms


CHECKS = (
    Check("template", f"{_PAGE}#the-token-for-convex", _template),
    Check("issuer", f"{_PAGE}#the-issuer", _issuer),
    Check("signing_keys", f"{_PAGE}#the-issuer", _signing_keys),
)
