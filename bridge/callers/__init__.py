"""Who calls /scim: bearer tokens, stored as hashes."""
