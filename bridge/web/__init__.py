"""What answers over HTTP: the SCIM mount behind its middleware, health and metrics."""
