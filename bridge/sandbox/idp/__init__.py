"""The stand-in identity provider: for each connection one IdP with a key of its own, under `/idp/CONNECTION`.

Whoever opens its page picks a person, groups and a second factor; the response is signed and shaped as Okta, Entra, Google
or AD FS would send it. It asks for no password: it belongs on a loopback address, and answers to loopback addresses only.
"""

from bridge.sandbox.idp.idps import Idps
from bridge.sandbox.idp.routes import IDPS, add_idps

__all__ = ["IDPS", "Idps", "add_idps"]
