"""How long sessions last. Clerk's API can't set that, so the bridge looks at a person's sessions and ends those that are
too old or rested too long: `limits` (whose rules), `watch` (PURE: what and when), `due` (the rows), `patrol` (the work)."""
