"""The fixtures of every test here."""

from deployed_cloud import cloud

__all__ = ["cloud"]
