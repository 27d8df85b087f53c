"""Releases: which versions of the functions answer, and how calls move from one release to the next (ADR 136)."""
