"""Random IdP changes, hand edits in Clerk, faults and `kill -9` of one of two replicas, against a model of the rules.

`python -m bench.chaos --seeds 1-300`. A run: `company` hires its people, `acts` are what an IdP and admins do, `hands` what
somebody does in Clerk itself, `weather` is faults and deaths; after each round everything comes to rest and `verdict`
compares Clerk with what the model (`model/`) allows.
"""
