"""The arrows between contexts: who imports whom, and whose SQL touches whose tables."""
