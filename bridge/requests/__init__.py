"""The last requests of each connection, for operators: noted in memory, written in the background, bounded, redacted."""
