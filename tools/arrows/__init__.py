"""The arrows between contexts: imports, and SQL that touches another context's tables."""
