"""Mutants of valid SAML responses: what is damaged, how, and who judges. See bench/saml_fuzz.py."""
