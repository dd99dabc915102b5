"""What may be in the end, told from rules R1-R10 of the design alone: plain Python, no code of the bridge beside `decide`.

`row` are the values; `observe` is rule R9, `plan` the others, for one person in one workspace; `reconcile` all that one
look at a person can lead to, whoever dies on the way; `belief` the set of all that may be true after what has happened.
"""
