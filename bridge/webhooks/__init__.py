"""What Clerk tells of changes there: believed if signed, kept once, and held against what we believe.

An event never changes what is granted. It says where to look: who differs is due with a look in Clerk, and the worker
judges what it finds (rule R9). So a lost, late, doubled or overtaken event costs a call at most, and never state.

`signature` · `event` (what is kept of a payload) · `inbox` (the rows) · `page` (what is known of those concerned) ·
`judge` (PURE: believed or not) · `act` (a page, in one transaction) · `reader` (the lease holder's loop) · `organizations`
(those that are gone) · `sign_ins` (sessions) · `refusals`
"""
