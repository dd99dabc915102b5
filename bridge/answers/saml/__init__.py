"""For whoever sets up or mends a connection's sign-in: what to enter where, and what the trail says of who came."""
