"""What people ask: why has she this role, who is in there, what would change, how do things stand. Reads only."""
