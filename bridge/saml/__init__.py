"""SAML 2.0 as a service provider: messages in and out. It knows no account, no role and no Clerk.

A response becomes an `Assertion` or is `Untrusted`; python3-saml is the second opinion behind our own gate.
"""
