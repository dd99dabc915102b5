"""Clerk's Backend API as the bridge uses it: a noun a module, each a few functions over one `Api`."""
