"""The fixtures of every test here."""

from running_double import double, double_url, receiver

__all__ = ["double", "double_url", "receiver"]
