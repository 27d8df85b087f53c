"""Locations: where drivers are and since when they are silent, nearby search, live tracking, driven paths."""
