"""Trips: the aggregate of a ride, its lifecycle, event log, history and ratings."""
